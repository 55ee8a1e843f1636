#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

/// Structured logging: one JSON object a line (common/observation/line_writer.hpp).
namespace musterd::log {

enum class level { debug, info, warn, error, critical };

/// What every line says besides its text. `event` is a stable id to search and alert by.
struct origin {
  std::string_view component;
  std::string_view event;
  std::string_view correlation_id = {};
};

/// Lines below `least` are dropped. Lines go to stderr.
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
