#include "tests/http/operations/dead_letter_rows.hpp"

#include <fmt/format.h>

namespace musterd::testing {

void add_letters(pqxx::connection& db, const letter_rows& what) {
  pqxx::nontransaction{db}.exec(fmt::format(
      R"(INSERT INTO messaging.dead_letter (id, tenant_id, queue, consumer, event_id, event_type, entity_key, routing_key,
           correlation_id, reason, error, body, body_size, attempts, first_failed_at)
         SELECT gen_random_uuid(), nullif('{0}', '')::uuid, '{1}', '{2}', event_id, '{3}', gen_random_uuid(), 'test.v1', 'c',
           '{4}', 'it did not work', body, length(body), 1, now()
         FROM (SELECT event_id, json_build_object('eventId', event_id, 'eventType', '{3}', 'occurredAt',
                 '2026-01-11T14:00:00Z', 'producer', 'test', 'schemaVersion', 1, 'tenantId', '{0}', 'correlationId', 'c',
                 'payload', json_build_object())::text AS body
               FROM (SELECT gen_random_uuid() AS event_id FROM generate_series(1, {5})) ids) events)",
      what.tenant, what.queue, what.consumer, what.event_type, what.reason, what.count));
}

std::string letter_in(pqxx::connection& db, const std::string& queue) {
  return text_of(
      db, fmt::format("SELECT id FROM messaging.dead_letter WHERE queue = '{}' AND state = 'OPEN'", queue));
}

std::int64_t letters_in_state(pqxx::connection& db, const std::string& queue, const std::string& state) {
  return number_of(
      db, fmt::format("SELECT count(*) FROM messaging.dead_letter WHERE queue = '{}' AND state = '{}'", queue,
                      state));
}

http_answer retry(visitor& who, const std::string& letter) {
  return who.http.post(fmt::format("{}/{}/retry", letters_path, letter), "{}");
}

http_answer discard(visitor& who, const std::string& letter, const std::string& reason) {
  return who.http.post(fmt::format("{}/{}/discard", letters_path, letter), json({{"reason", reason}}));
}

http_answer replay(visitor& who, const std::string& queue, int rate) {
  return who.http.post(fmt::format("{}/retry", letters_path),
                       json({{"filter", boost::json::object{{"queue", queue}}}, {"ratePerSecond", rate}}));
}

boost::json::value replay_in_state(visitor& who, const std::string& replay_id, const std::string& state) {
  boost::json::value last;
  becomes_true(patience, [&] {
    last = json_of(who.http.get(fmt::format("{}/{}", replays_path, replay_id)));
    return text_at(last, "/state") == state;
  });
  return last;
}

}  // namespace musterd::testing
