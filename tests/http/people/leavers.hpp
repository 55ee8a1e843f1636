#pragma once

#include "tests/http/operations/own_broker.hpp"
#include "tests/http/time/desk.hpp"
#include "tests/http/time/workshop.hpp"

namespace musterd::testing {

/// A company with another team's work execution and retries after moments. Shared by all offboarding tests;
/// its workshop stops timers unless told otherwise.
struct leavers {
  own_broker broker;
  testing::workshop workshop{broker.url()};
  company_server server;
  desk at_desk{server};

  leavers();

  static constexpr auto retry_window = "2s";

  http_answer disable(const std::string& user_id, boost::json::object how = {});
  /// The case's id of a disabling that must succeed.
  std::string disabled(const std::string& user_id, boost::json::object how = {});
  boost::json::value case_of(const std::string& case_id);
  bool becomes(const std::string& case_id, std::string_view state);
  /// The command of this type, as the case shows it.
  boost::json::value command(const std::string& case_id, std::string_view type);
  /// Waits until nothing that earlier tests began is in flight, awaited or to be retried.
  bool comes_to_rest();
  bool command_becomes(const std::string& case_id, std::string_view type, std::string_view state);
  /// The id of the open dead letter of the case's command; "" if there is none.
  std::string open_letter(const std::string& case_id);
  /// Whether the broker's queue comes to hold one message per open letter, and no other.
  bool dead_letter_queue_shows_open_letters();
  /// An operator's action on the command that stops timers.
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
