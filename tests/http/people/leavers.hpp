#pragma once

#include "tests/http/operations/own_broker.hpp"
#include "tests/http/time/desk.hpp"
#include "tests/http/time/workshop.hpp"

namespace musterd::testing {

/// A company with a work execution of another team, where retries take moments rather than hours. All tests
/// of offboarding share one; its workshop stops timers unless told otherwise.
struct leavers {
  own_broker broker;
  testing::workshop workshop{broker.url()};
  company_server server;
  desk at_desk{server};

  leavers();

  http_answer disable(const std::string& user_id, boost::json::object how = {});
  /// The id of the case of a disabling that must succeed.
  std::string disabled(const std::string& user_id, boost::json::object how = {});
  boost::json::value case_of(const std::string& case_id);
  bool becomes(const std::string& case_id, std::string_view state);
  /// The command of a type, as the case shows it.
  boost::json::value command(const std::string& case_id, std::string_view type);
  /// Whether all that earlier tests began comes to rest: nothing is asked, awaited or to be tried again.
  bool comes_to_rest();
  bool command_becomes(const std::string& case_id, std::string_view type, std::string_view state);
  /// The id of the open dead letter of a command of the case, as operators see it; "" if there is none.
  std::string open_letter(const std::string& case_id);
  /// Whether the broker's queue comes to hold one message for each open letter, and no other.
  bool dead_letter_queue_shows_open_letters();
  /// Lets an operator do something to the command that stops timers.
  http_answer operate(const std::string& case_id, const std::string& verb, boost::json::object body = {});
};

leavers& shared_leavers();

inline constexpr std::string_view stop_timers = "STOP_JOB_TIMERS";

/// Sets the workshop's mood until the test ends.
class in_mood {
 public:
  in_mood(workshop& of, workshop::mood how) : of_{of} { of_.be(how); }
  ~in_mood() { of_.be(workshop::mood::stops); }
  in_mood(const in_mood&) = delete;
  in_mood& operator=(const in_mood&) = delete;

 private:
  workshop& of_;
};

}  // namespace musterd::testing
