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

/// Offboarding as the work execution sees it: sends StopJobTimers and hears the answers.
class offboarding {
 public:
  /// Returns once there is a queue to send to.
  explicit offboarding(company_server& at = shared_server(),
                       const std::string& amqp_url = needed_environment("MUSTERD_AMQP_URL"));

  /// Each time for a new case with a new command.
  void stop(const std::string& person_id, const std::string& stop_at);
  /// Opens a case that waits for a person's timers to be stopped, and sends nothing.
  void open(const std::string& person_id, const std::string& effective_at);
  /// The command of the case opened last.
  boost::json::object command(const std::string& person_id, const std::string& stop_at) const;
  void say(const std::string& person_id, boost::json::object payload);
  /// The answer to a stop; skips everything else said about this person.
  tapped_message answer(const std::string& person_id);

  std::string case_id, command_id;

 private:
  company_server& server_;
  broker_link broker_;
  event_tap tap_;
};

}  // namespace musterd::testing
