#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

/// Structured logging: one JSON object per line (common/observation/line_writer.hpp).
namespace musterd::log {

enum class level { debug, info, warn, error, critical };

/// What every line carries besides its text. `event` is a stable id to search for and alert on.
struct origin {
  std::string_view component;
  std::string_view event;
  std::string_view correlation_id = {};
};

/// Drops lines below `least`; the others go to stderr.
void configure(level least);
bool enabled(level at);
/// "info"
std::string_view level_name(level at);
void write(level at, const origin& from, std::string_view text);

template <class... Args>
void line(level at, const origin& from, fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(at))
    write(at, from, fmt::format(format, std::forward<Args>(args)...));
}

#define MUSTERD_LOG_LEVEL(name)                                                                              \
  template <class... Args>                                                                                   \
  void name(const origin& from, fmt::format_string<Args...> format, Args&&... args) {                        \
    line(level::name, from, format, std::forward<Args>(args)...);                                            \
  }
MUSTERD_LOG_LEVEL(debug)
MUSTERD_LOG_LEVEL(info)
MUSTERD_LOG_LEVEL(warn)
MUSTERD_LOG_LEVEL(error)
MUSTERD_LOG_LEVEL(critical)
#undef MUSTERD_LOG_LEVEL

}  // namespace musterd::log
