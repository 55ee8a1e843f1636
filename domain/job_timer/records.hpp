#pragma once

#include "domain/kernel/table.hpp"

#include <optional>

/// The row of a job timer, as the wire shows it. Story 90 calls it an active `TimeEntry` while it runs.
namespace musterd {

enum class job_timer_status { running, stopped };
BOOST_DESCRIBE_ENUM(job_timer_status, running, stopped)

/// Time a technician spends on a work order: [start_time, end_time).
struct job_timer {
  job_timer_uuid timer_id;
  person_uuid technician_id;
  /// Another system's id: any readable text (D-60).
  std::string work_order_id;
  std::optional<std::string> job_code;
  location_uuid location_id;
  job_timer_status status = job_timer_status::running;
  timestamp start_time{};
  std::optional<timestamp> end_time;
  std::optional<std::int64_t> duration_seconds;
  /// S90-AC3: the system ended it, and why.
  bool forced_stop = false;
  std::optional<std::string> forced_stop_reason;
  timestamp created_at{};
  timestamp updated_at{};
  std::int64_t version = 1;
  friend bool operator==(const job_timer&, const job_timer&) = default;
};
BOOST_DESCRIBE_STRUCT(job_timer, (),
                      (timer_id, technician_id, work_order_id, job_code, location_id, status, start_time,
                       end_time, duration_seconds, forced_stop, forced_stop_reason, created_at, updated_at,
                       version))
template <>
struct table_of<job_timer> : versioned_table<"workexec.job_timer", "timer_id"> {};

}  // namespace musterd
