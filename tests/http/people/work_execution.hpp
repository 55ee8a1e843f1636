#pragma once

#include "tests/http/operations/event_tap.hpp"
#include "tests/http/time/desk.hpp"

namespace musterd::testing {

inline constexpr auto work_order = "01941f29-7c00-7000-8000-0000000000aa";

inline constexpr auto stop_queue = "workexec.stop_job_timers";

inline http_answer start_timer(visitor& who, const std::string& shop = demo_shop) {
  return who.http.post("/api/workexec/timers/start",
                       json({{"workOrderId", work_order}, {"jobCode", "BRAKES"}, {"locationId", shop}}));
}
inline http_answer stop_timer(visitor& who) {
  return who.http.post("/api/workexec/timers/stop", "{}");
}
inline boost::json::value active_timers(visitor& who) {
  return json_of(who.http.get("/api/workexec/timers/active")).at("items");
}

/// Offboarding, as the work execution sees it: says StopJobTimers and hears the answers.
class offboarding {
 public:
  /// Returns when there is somebody to say it to.
  explicit offboarding(company_server& at = shared_server(),
                       const std::string& amqp_url = needed_environment("MUSTERD_AMQP_URL"));

  /// Each time a command of a case of its own.
  void stop(const std::string& person_id, const std::string& stop_at);
  /// Opens a case that waits for somebody's timers to be stopped, and says nothing.
  void open(const std::string& person_id, const std::string& effective_at);
  /// What the case that was opened last asks for.
  boost::json::object command(const std::string& person_id, const std::string& stop_at) const;
  void say(const std::string& person_id, boost::json::object payload);
  /// The answer to a stop, past everything else that is said about this person.
  tapped_message answer(const std::string& person_id);

  std::string case_id, command_id;

 private:
  company_server& server_;
  broker_link broker_;
  event_tap tap_;
};

}  // namespace musterd::testing
