#pragma once

#include "domain/company/faults.hpp"
#include "domain/job_timer/events.hpp"
#include "domain/job_timer/faults.hpp"
#include "domain/job_timer/stop_job_timers.hpp"
#include "domain/kernel/page.hpp"

#include <variant>

/// What a technician may ask of their job timer, and what offboarding may (S90-AC3). One runs at a time.
namespace musterd {

/// A timer that a request under way started so long after a deactivation still ends with it; one started
/// later is somebody's who was let in again. Also how far clocks may differ.
inline constexpr std::chrono::minutes deactivation_grace{1};

inline constexpr std::size_t max_job_code_length = 64, max_work_order_id_length = 64;

/// Starts the clock on a work order.
struct start_job_timer {
  static constexpr std::string_view name = "start_job_timer";
  static constexpr int success_status = 201;
  using answer = job_timer;
  static constexpr std::array faults{location_not_found, timer_already_active, timer_overlap};

  std::string work_order_id;
  std::optional<std::string> job_code;
  location_uuid location_id;
};
BOOST_DESCRIBE_STRUCT(start_job_timer, (), (work_order_id, job_code, location_id))
job_timer_rule<start_job_timer> decide;

/// Stops the running timer.
struct stop_job_timer {
  static constexpr std::string_view name = "stop_job_timer";
  static constexpr int success_status = 200;
  using answer = job_timer;
  static constexpr std::array faults{no_active_timer};
};
BOOST_DESCRIBE_STRUCT(stop_job_timer, (), ())
job_timer_rule<stop_job_timer> decide;

/// Stops what runs because offboarding says so, and answers by event each time, since the first answer may
/// have been lost. Never fails.
struct force_stop_job_timers : stop_job_timers {
  static constexpr std::string_view name = "force_stop_job_timers";
  static constexpr int success_status = 200;
  using answer = job_timers_stopped;
};
BOOST_DESCRIBE_STRUCT(force_stop_job_timers, (stop_job_timers), ())
job_timer_rule<force_stop_job_timers> decide;

/// Reads what runs: one timer at most, on the first page.
struct get_active_job_timers {
  static constexpr std::string_view name = "get_active_job_timers";
  static constexpr int success_status = 200;
  static constexpr bool is_query = true;
  using answer = page<job_timer>;

  std::int64_t page_index = 0;
  std::int64_t page_size = 20;
};
BOOST_DESCRIBE_STRUCT(get_active_job_timers, (), (page_index, page_size))
job_timer_rule<get_active_job_timers> decide;

using job_timer_command =
    std::variant<start_job_timer, stop_job_timer, force_stop_job_timers, get_active_job_timers>;

/// Field rules that the types cannot express.
void validate(const start_job_timer& c, std::vector<field_error>& errors);

}  // namespace musterd
