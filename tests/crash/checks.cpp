#include "tests/crash/checks.hpp"

#include "tests/support/deadline.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <future>
#include <map>
#include <set>

namespace musterd::crash {
namespace {

using namespace std::chrono_literals;
using texts = std::vector<std::string>;

constexpr auto drain_limit = 60s;
constexpr std::size_t most_findings = 20;

texts column(pqxx::connection& db, const std::string& sql, const std::string& argument) {
  pqxx::nontransaction tx{db};
  texts values;
  for (const auto& row : tx.exec_params(sql, argument))
    values.push_back(row[0].as<std::string>());
  return values;
}

void expect_equal(findings& wrong, const std::string& what, const texts& found, const texts& expected) {
  if (found != expected)
    wrong.push_back(
        fmt::format("{}: [{}] instead of [{}]", what, fmt::join(found, " "), fmt::join(expected, " ")));
}

std::string audit_type(const std::string& event) {
  static const std::map<std::string, std::string> names{{"ClockedIn", "CLOCKED_IN"},
                                                        {"ClockedOut", "CLOCKED_OUT"},
                                                        {"BreakStarted", "BREAK_STARTED"},
                                                        {"BreakEnded", "BREAK_ENDED"},
                                                        {"BreakAutoEnded", "BREAK_AUTO_ENDED"}};
  return names.at(event);
}

/// "<correlation id> <type>" of everything that must have happened, in order.
texts expected_events(const history& one, bool as_audit) {
  texts all;
  for (const auto& command : one.commands)
    for (const auto& event : command.events)
      all.push_back(command.key + ' ' + (as_audit ? audit_type(event) : event));
  return all;
}

/// The tapper's part of a correlation id: "kill-3-17" is the 18th command of "kill-3".
std::string tapper_of(const std::string& correlation_id) {
  return correlation_id.substr(0, correlation_id.rfind('-'));
}

using events_by_tapper = std::map<std::string, texts>;

events_by_tapper events_of(const std::vector<history>& done) {
  events_by_tapper all;
  for (const auto& one : done)
    if (!one.commands.empty())
      all[tapper_of(one.commands.front().key)] = expected_events(one, false);
  return all;
}

/// The tappers' events as delivered, from the envelope's body; the properties must agree with it.
events_by_tapper arrived(const testing::event_queue& queue, const events_by_tapper& of, findings& wrong) {
  events_by_tapper all;
  for (const auto& message : queue.received()) {
    auto tapper = tapper_of(message.correlation_id);
    if (!of.contains(tapper))
      continue;
    auto body = boost::json::parse(message.body).as_object();
    auto type = std::string{body.at("eventType").as_string()};
    if (body.at("eventId").as_string() != message.message_id || type != message.type ||
        body.at("correlationId").as_string() != message.correlation_id)
      wrong.push_back("properties and envelope differ: " + message.body);
    all[tapper].push_back(message.correlation_id + ' ' + type);
  }
  return all;
}

std::size_t total(const events_by_tapper& all) {
  std::size_t sum = 0;
  for (const auto& [tapper, events] : all)
    sum += events.size();
  return sum;
}

/// A rule, and a query for the rows that break it.
struct invariant {
  const char* rule;
  const char* sql;
};

constexpr invariant invariants[] = {
    {"the trail misses nothing",
     "SELECT subject_id FROM audit.entry WHERE event_type = 'AUDIT_CHAIN_DIFFERS'"},
    {"sessions of a person do not overlap",
     "SELECT a.id FROM people.clock_session a JOIN people.clock_session b ON a.tenant_id = b.tenant_id "
     "AND a.person_id = b.person_id AND a.id < b.id "
     "AND tstzrange(a.clock_in_at, a.clock_out_at) && tstzrange(b.clock_in_at, b.clock_out_at)"},
    {"a person has one open session",
     "SELECT person_id FROM people.clock_session WHERE status = 'OPEN' GROUP BY tenant_id, person_id "
     "HAVING count(*) > 1"},
    {"a person has one running break", "SELECT mechanic_id FROM people.break_record WHERE status = "
                                       "'IN_PROGRESS' GROUP BY tenant_id, mechanic_id "
                                       "HAVING count(*) > 1"},
    {"breaks of a timecard do not overlap",
     "SELECT a.id FROM people.break_record a JOIN people.break_record b ON a.tenant_id = b.tenant_id "
     "AND a.timecard_id = b.timecard_id AND a.id < b.id "
     "AND tstzrange(a.start_time, a.end_time) && tstzrange(b.start_time, b.end_time)"},
    {"a break lies inside its session",
     "SELECT b.id FROM people.break_record b LEFT JOIN people.clock_session s ON s.tenant_id = b.tenant_id "
     "AND s.id = b.clock_session_id AND s.timecard_id = b.timecard_id AND s.person_id = b.mechanic_id "
     "AND s.clock_in_at <= b.start_time AND (s.clock_out_at IS NULL OR b.end_time <= s.clock_out_at) "
     "WHERE s.id IS NULL"},
    {"a running break has an open session",
     "SELECT b.id FROM people.break_record b JOIN people.clock_session s ON s.tenant_id = b.tenant_id "
     "AND s.id = b.clock_session_id WHERE b.status = 'IN_PROGRESS' AND s.status <> 'OPEN'"},
    {"a timecard is open while a session on it is",
     "SELECT c.id FROM people.timecard c WHERE (c.status = 'OPEN') <> EXISTS (SELECT FROM "
     "people.clock_session s "
     "WHERE s.tenant_id = c.tenant_id AND s.timecard_id = c.id AND s.status = 'OPEN')"},
    {"a timecard's version counts its clock-ins and clock-outs",
     "SELECT c.id FROM people.timecard c JOIN people.clock_session s ON s.tenant_id = c.tenant_id "
     "AND s.timecard_id = c.id GROUP BY c.tenant_id, c.id HAVING c.version <> count(*) + "
     "count(s.clock_out_at)"},
    {"a session's version counts its changes",
     "SELECT id FROM people.clock_session WHERE version <> 1 + (status = 'CLOSED')::int"},
    {"a break's version counts its changes",
     "SELECT id FROM people.break_record WHERE version <> 1 + (status = 'COMPLETED')::int"},
    {"what a clock-out ended ends with it",
     "SELECT b.id FROM people.break_record b JOIN people.clock_session s ON s.tenant_id = b.tenant_id "
     "AND s.id = b.clock_session_id WHERE b.auto_ended AND b.end_time IS DISTINCT FROM s.clock_out_at"},
};

findings replays_of(const history& one, const std::string& url) {
  findings wrong;
  testing::http_client client{url, 60s};
  client.use_token(one.token);
  for (const auto& command : one.commands) {
    testing::http_message again{{{"Idempotency-Key", command.key}, {"X-Correlation-Id", command.key}},
                                command.body};
    auto replayed = client.try_send("POST", "/api/people/me/" + command.path, again);
    auto answer = replayed.value_or(testing::http_answer{});
    if (answer.status != command.status || answer.body != command.answer ||
        answer.header("idempotency-replayed") != "true")
      wrong.push_back(fmt::format("{} {} again: {} {} instead of {} {}", command.key, command.path,
                                  answer.status, answer.body, command.status, command.answer));
    if (wrong.size() == most_findings)
      break;
  }
  return wrong;
}

}  // namespace

findings check_replays(const std::string& url, const std::vector<history>& done) {
  // All at once, as they tapped: one after the other would take longer than everything else.
  std::vector<std::future<findings>> checks;
  for (const auto& one : done)
    checks.push_back(std::async(std::launch::async, [&url, &one] { return replays_of(one, url); }));
  findings wrong;
  for (auto& check : checks) {
    auto found = check.get();
    wrong.insert(wrong.end(), found.begin(), found.end());
  }
  wrong.resize(std::min(wrong.size(), most_findings));
  return wrong;
}

findings check_records(pqxx::connection& db, const std::vector<history>& done) {
  findings wrong;
  for (const auto& one : done) {
    expect_equal(wrong, "sessions",
                 column(db,
                        "SELECT id FROM people.clock_session WHERE person_id = $1 ORDER BY clock_in_at, id",
                        one.person_id),
                 one.sessions);
    expect_equal(wrong, "breaks",
                 column(db,
                        "SELECT id FROM people.break_record WHERE mechanic_id = $1 ORDER BY start_time, id",
                        one.person_id),
                 one.breaks);
    expect_equal(wrong, "open sessions",
                 column(db, "SELECT id FROM people.clock_session WHERE person_id = $1 AND status = 'OPEN'",
                        one.person_id),
                 one.clocked_in ? texts{one.sessions.back()} : texts{});
    expect_equal(
        wrong, "running breaks",
        column(db, "SELECT id FROM people.break_record WHERE mechanic_id = $1 AND status = 'IN_PROGRESS'",
               one.person_id),
        one.on_break ? texts{one.breaks.back()} : texts{});
    auto expected = expected_events(one, true);
    std::sort(expected.begin(), expected.end());
    expect_equal(
        wrong, "audit entries",
        column(db,
               "SELECT correlation_id || ' ' || event_type FROM audit.entry WHERE category = 'TIMEKEEPING' "
               "AND coalesce(details->>'mechanicId', details->'clockSession'->>'personId') = $1 "
               "ORDER BY (correlation_id || ' ' || event_type) COLLATE \"C\"",
               one.person_id),
        expected);
    if (wrong.size() >= most_findings)
      break;
  }
  return wrong;
}

findings check_invariants(pqxx::connection& db) {
  findings wrong;
  pqxx::nontransaction tx{db};
  for (const auto& [rule, sql] : invariants)
    for (const auto& row : tx.exec(fmt::format("{} LIMIT 5", sql)))
      wrong.push_back(fmt::format("{}: not so for {}", rule, row[0].as<std::string>()));
  return wrong;
}

findings check_events(const testing::event_queue& queue, const std::vector<history>& done) {
  findings wrong;
  auto expected = events_of(done);
  auto wanted = total(expected);
  testing::becomes_true(drain_limit, [&] {
    wrong.clear();
    return total(arrived(queue, expected, wrong)) >= wanted;
  });
  wrong.clear();
  auto found = arrived(queue, expected, wrong);
  for (const auto& [tapper, events] : expected)
    expect_equal(wrong, "events of " + tapper, found[tapper], events);
  return wrong;
}

findings check_outbox(pqxx::connection& db) {
  auto left = [&] {
    pqxx::nontransaction tx{db};
    return tx.exec("SELECT count(*) FROM messaging.outbox")[0][0].as<std::int64_t>();
  };
  if (testing::becomes_true(drain_limit, [&] { return left() == 0; }))
    return {};
  return {fmt::format("{} events stay in the outbox", left())};
}

findings check_projection(pqxx::connection& db, const std::vector<history>& done) {
  findings wrong;
  testing::becomes_true(drain_limit, [&] {
    wrong.clear();
    for (const auto& one : done)
      expect_equal(
          wrong, "on the clock, " + one.person_id,
          column(db,
                 "SELECT clock_session_id || ' ' || coalesce(break_id::text, '-') FROM people.on_the_clock "
                 "WHERE person_id = $1",
                 one.person_id),
          one.clocked_in ? texts{one.sessions.back() + ' ' + (one.on_break ? one.breaks.back() : "-")}
                         : texts{});
    return wrong.empty();
  });
  return wrong;
}

}  // namespace musterd::crash
