#pragma once

#include <chrono>
#include <cstdint>

/// Log output: to stderr, on its own thread (decision 0051).
namespace musterd::log {

/// Waits until all lines are written, at most `patience`. For ending the process other than by returning from
/// `main`.
void flush(std::chrono::milliseconds patience = std::chrono::milliseconds{500});
/// Lines lost since the start: the reader was too slow, or gone.
std::uint64_t lines_dropped();

}  // namespace musterd::log
