#pragma once

#include <atomic>
#include <string>
#include <string_view>

/// Points where tests crash the process as kill -9 would: "report_command:after-commit". Armed by
/// `testing.crash_at`; unarmed, a point costs one load.
namespace musterd::crash_point {
namespace detail {

inline std::atomic<const std::string*> armed{nullptr};
void compare(const std::string& wanted, std::string_view subject, std::string_view moment);

}  // namespace detail

/// For the life of the process; "" disarms.
void arm(const std::string& point);

inline void reached(std::string_view subject, std::string_view moment) {
  if (const auto* wanted = detail::armed.load(std::memory_order_relaxed))
    detail::compare(*wanted, subject, moment);
}

}  // namespace musterd::crash_point
