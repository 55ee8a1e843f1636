#include "messaging/handlers/on_the_clock.hpp"

#include "messaging/inbox/event_payload.hpp"

#include <map>
#include <pqxx/pqxx>

namespace musterd {

/// The part of the events' payloads that the projection shows.
struct projected_session {
  clock_session_uuid id;
  timecard_uuid timecard_id;
  person_uuid person_id;
  location_uuid location_id;
  timestamp clock_in_at{};
};
BOOST_DESCRIBE_STRUCT(projected_session, (), (id, timecard_id, person_id, location_id, clock_in_at))

struct projected_clocking {
  projected_session clock_session;
};
BOOST_DESCRIBE_STRUCT(projected_clocking, (), (clock_session))

struct projected_break {
  break_uuid id;
  person_uuid mechanic_id;
  clock_session_uuid clock_session_id;
  std::string break_type;
  timestamp start_time{};
};
BOOST_DESCRIBE_STRUCT(projected_break, (), (id, mechanic_id, clock_session_id, break_type, start_time))

namespace {

void clocked_in(pqxx::transaction_base& tx, const std::string& tenant, const projected_clocking& in) {
  const auto& session = in.clock_session;
  tx.exec_params(
      "INSERT INTO people.on_the_clock (tenant_id, person_id, location_id, timecard_id, clock_session_id,"
      " clocked_in_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id, person_id) DO UPDATE SET"
      " location_id = excluded.location_id, timecard_id = excluded.timecard_id,"
      " clock_session_id = excluded.clock_session_id, clocked_in_at = excluded.clocked_in_at,"
      " break_id = NULL, break_type = NULL, break_started_at = NULL",
      tenant, to_string(session.person_id), to_string(session.location_id), to_string(session.timecard_id),
      to_string(session.id), to_string(session.clock_in_at));
}

void clocked_out(pqxx::transaction_base& tx, const std::string& tenant, const projected_clocking& out) {
  tx.exec_params(
      "DELETE FROM people.on_the_clock WHERE tenant_id = $1 AND person_id = $2 AND clock_session_id = $3",
      tenant, to_string(out.clock_session.person_id), to_string(out.clock_session.id));
}

void break_started(pqxx::transaction_base& tx, const std::string& tenant, const projected_break& pause) {
  tx.exec_params("UPDATE people.on_the_clock SET break_id = $4, break_type = $5, break_started_at = $6"
                 " WHERE tenant_id = $1 AND person_id = $2 AND clock_session_id = $3",
                 tenant, to_string(pause.mechanic_id), to_string(pause.clock_session_id), to_string(pause.id),
                 pause.break_type, to_string(pause.start_time));
}

void break_ended(pqxx::transaction_base& tx, const std::string& tenant, const projected_break& pause) {
  tx.exec_params("UPDATE people.on_the_clock SET break_id = NULL, break_type = NULL, break_started_at = NULL"
                 " WHERE tenant_id = $1 AND person_id = $2 AND break_id = $3",
                 tenant, to_string(pause.mechanic_id), to_string(pause.id));
}

template <class Payload, void (*apply)(pqxx::transaction_base&, const std::string&, const Payload&)>
outcome<void> project(pqxx::transaction_base& tx, const event_envelope& event) {
  auto payload = read_payload<Payload>(event);
  if (!payload)
    return payload.error();
  apply(tx, to_string(event.tenant_id), *payload);
  return {};
}

using effect = outcome<void> (*)(pqxx::transaction_base&, const event_envelope&);
const std::map<std::string, effect, std::less<>> on_the_clock_effects{
    {"ClockedIn", project<projected_clocking, clocked_in>},
    {"ClockedOut", project<projected_clocking, clocked_out>},
    {"BreakStarted", project<projected_break, break_started>},
    {"BreakEnded", project<projected_break, break_ended>},
    {"BreakAutoEnded", project<projected_break, break_ended>},
};

}  // namespace

consumer_spec on_the_clock::spec() {
  consumer_spec result;
  result.name = "on_the_clock";
  result.queue = "people.on_the_clock";
  result.own = true;
  for (const auto* key : {"people.timecard.clocked_in.v1", "people.timecard.clocked_out.v1",
                          "people.break.started.v1", "people.break.ended.v1", "people.break.auto_ended.v1"})
    result.bindings.push_back({"people.events", key});
  return result;
}

bool on_the_clock::takes(std::string_view event_type) const {
  return on_the_clock_effects.contains(event_type);
}

outcome<void> on_the_clock::handle(pqxx::transaction_base& tx, const event_envelope& event) {
  return on_the_clock_effects.at(event.event_type)(tx, event);
}

}  // namespace musterd
