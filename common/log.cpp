#include "common/log.hpp"

#include "common/json_write.hpp"
#include "common/redaction.hpp"
#include "common/trace.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <atomic>

namespace musterd::log {
namespace {

constexpr std::array names{"DEBUG", "INFO", "WARN", "ERROR", "CRITICAL"};
constexpr std::array spdlog_levels{spdlog::level::debug, spdlog::level::info, spdlog::level::warn,
                                   spdlog::level::err, spdlog::level::critical};

std::atomic<level> least_level{level::info};

spdlog::logger& logger() {
  static auto instance = [] {
    auto made =
        std::make_shared<spdlog::logger>("musterd", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");  // the line is already complete JSON
    made->set_level(spdlog::level::trace);
    return made;
  }();
  return *instance;
}

void add_field(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty())
    return;
  append_json_string(out += ',', name);
  append_json_string(out += ':', value);
}

}  // namespace

void configure(level least) {
  least_level = least;
}

std::string_view level_name(level at) {
  constexpr std::array lower{"debug", "info", "warn", "error", "critical"};
  return lower[static_cast<std::size_t>(at)];
}

bool enabled(level at) {
  return at >= least_level.load(std::memory_order_relaxed);
}

void write(level at, const origin& from, std::string_view text) {
  auto index = static_cast<std::size_t>(at);
  std::string out = "{\"time\":\"" + to_string(wall_clock_now()) + '"';
  add_field(out, "level", names[index]);
  add_field(out, "component", from.component);
  add_field(out, "event", from.event);
  add_field(out, "correlationId", redacted(from.correlation_id));
  if (const auto& traced = trace_scope::current(); traced.set) {
    add_field(out, "traceId", {traced.trace, sizeof traced.trace});
    add_field(out, "spanId", {traced.span, sizeof traced.span});
  }
  add_field(out, "text", redacted(text));
  out += '}';
  logger().log(spdlog_levels[index], out);
}

}  // namespace musterd::log
