#include "common/observation/log.hpp"

#include "common/json/json_write.hpp"
#include "common/observation/line_writer.hpp"
#include "common/observation/log_output.hpp"
#include "common/observation/trace.hpp"
#include "common/text/redaction.hpp"

#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <exception>

namespace musterd::log {
namespace {

constexpr std::array names{"DEBUG", "INFO", "WARN", "ERROR", "CRITICAL"};
/// Some ten thousand lines of it.
constexpr std::size_t most_waiting = 4 << 20;

std::atomic<level> least_level{level::info};

void add_field(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty())
    return;
  append_json_string(out += ',', name);
  append_json_string(out += ':', value);
}

std::string line_of(level at, const origin& from, std::string_view text) {
  std::string out = "{\"time\":\"" + to_string(wall_clock_now()) + '"';
  add_field(out, "level", names[static_cast<std::size_t>(at)]);
  add_field(out, "component", from.component);
  add_field(out, "event", from.event);
  add_field(out, "correlationId", redacted(from.correlation_id));
  if (const auto& traced = trace_scope::current(); traced.set) {
    add_field(out, "traceId", {traced.trace, sizeof traced.trace});
    add_field(out, "spanId", {traced.span, sizeof traced.span});
  }
  add_field(out, "text", redacted(text));
  return out += '}';
}

std::string notice_of(std::uint64_t dropped) {
  return line_of(level::warn, {"log", "lines_dropped"},
                 std::to_string(dropped) + " lines were dropped: nobody took them in time");
}

std::terminate_handler abort_as_before = nullptr;

line_writer& output() {
  static auto& only = []() -> line_writer& {
    auto* made = new line_writer{STDERR_FILENO, most_waiting, notice_of};
    std::atexit([] { flush(); });
    abort_as_before = std::set_terminate([] {
      flush();
      abort_as_before();
    });
    return *made;
  }();
  return only;
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
  output().write(line_of(at, from, text));
}

void flush(std::chrono::milliseconds patience) {
  output().flush(patience);
}

std::uint64_t lines_dropped() {
  return output().dropped();
}

}  // namespace musterd::log
