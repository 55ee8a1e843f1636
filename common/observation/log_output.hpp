#pragma once

#include <chrono>
#include <cstdint>

/// Where log lines go: to stderr, on a thread of its own (decision 0051).
namespace musterd::log {

/// Before the process ends in any other way than by returning from `main`: waits until all lines are
/// written, but never long.
void flush(std::chrono::milliseconds patience = std::chrono::milliseconds{500});
/// Lines that nobody took off us in time, since the start.
std::uint64_t lines_dropped();

}  // namespace musterd::log
