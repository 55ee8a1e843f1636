#include "messaging/handlers/user_person_linker.hpp"

#include "common/observation/log.hpp"
#include "common/observation/trace.hpp"
#include "messaging/inbox/event_payload.hpp"

#include <pqxx/pqxx>

namespace musterd {

/// The part of the event's payload that a link needs.
struct provisioned_user {
  user_uuid user_id;
  person_uuid person_id;
};
BOOST_DESCRIBE_STRUCT(provisioned_user, (), (user_id, person_id))

namespace {

/// The table's constraints reject a person unknown or linked to another user; the message is then retried, as
/// the obstacle may disappear. The same applies to a user linked to another person.
void link(pqxx::transaction_base& tx, const event_envelope& event, const provisioned_user& who) {
  auto made = tx.exec_params(
      "INSERT INTO people.user_person_link AS l (tenant_id, user_id, person_id, event_id, linked_at)"
      " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant_id, user_id) DO UPDATE SET event_id = l.event_id"
      " WHERE l.person_id = excluded.person_id",
      to_string(event.tenant_id), to_string(who.user_id), to_string(who.person_id), to_string(event.event_id),
      to_string(event.occurred_at));
  if (made.affected_rows() == 0)
    throw std::runtime_error{"user " + to_string(who.user_id) + " is linked to another person"};
}

}  // namespace

consumer_spec user_person_linker::spec() {
  consumer_spec result;
  result.name = "user_person_link";
  result.queue = "people.user_person_link";
  result.own = true;
  result.bindings.push_back({"security.events", "security.user.provisioned.v1"});
  return result;
}

outcome<void> user_person_linker::handle(pqxx::transaction_base& tx, const event_envelope& event) {
  auto who = read_payload<provisioned_user>(event);
  if (!who)
    return who.error();
  try {
    link(tx, event, *who);
  } catch (const std::exception&) {
    observe_(false);
    throw;
  }
  observe_(true);
  trace_scope tracing{event.traceparent, event.correlation_id, event.occurred_at};
  log::info({"linker", "user_linked", event.correlation_id}, "user {} is person {}", to_string(who->user_id),
            to_string(who->person_id));
  return {};
}

}  // namespace musterd
