#pragma once

#include "common/text/uuid.hpp"
#include "tests/http/time/desk.hpp"

/// Dead letters as consumers leave them, and operators who handle them.
namespace musterd::testing {

inline constexpr auto letters_path = "/api/ops/dead-letters";
inline constexpr auto replays_path = "/api/ops/dead-letter-replays";

struct letter_rows {
  std::string queue = "test." + to_string(uuid::generate());
  std::string consumer = "nobody";
  std::string tenant = demo_tenant;
  std::string event_type = "TestEvent";
  std::string reason = "REFUSED";
  int count = 1;
};

/// Adds open letters with valid events, each with a key of its own.
void add_letters(pqxx::connection& db, const letter_rows& what);
/// The id of an open letter in a queue.
std::string letter_in(pqxx::connection& db, const std::string& queue);
std::int64_t letters_in_state(pqxx::connection& db, const std::string& queue, const std::string& state);

http_answer retry(visitor& who, const std::string& letter);
http_answer discard(visitor& who, const std::string& letter, const std::string& reason = "not needed");
/// Requests a replay of all open letters in a queue.
http_answer replay(visitor& who, const std::string& queue, int rate);
/// The replay once it is in `state`, or as it is when time is up.
boost::json::value replay_in_state(visitor& who, const std::string& replay_id, const std::string& state);

}  // namespace musterd::testing
