#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

namespace musterd {

/// Writes lines to a file descriptor, in order, on its own thread, so that no caller waits for the reader.
/// When its queue is full, lines are dropped and counted; a line in their place says how many. Lives as long
/// as the process: its thread may hang.
class line_writer {
 public:
  /// Returns the line that reports so many as dropped.
  using notice_fn = std::function<std::string(std::uint64_t)>;

  /// The caller keeps the descriptor. Up to `most` bytes wait, and as many may be in flight.
  line_writer(int file, std::size_t most, notice_fn notice);
  line_writer(const line_writer&) = delete;
  line_writer& operator=(const line_writer&) = delete;

  void write(std::string_view line);
  /// Waits until all earlier lines are written; false if that takes longer than `patience`.
  bool flush(std::chrono::milliseconds patience);
  /// Since the start.
  std::uint64_t dropped() const { return dropped_; }

 private:
  ~line_writer() = default;
  void run();
  bool write_out();

  const int file_;
  const std::size_t most_;
  const notice_fn notice_;
  /// Timed: the flushing thread may be dying in the middle of its own write.
  std::timed_mutex mutex_;
  std::condition_variable_any changed_;
  std::string waiting_;
  /// Used by the writer thread only.
  std::string on_its_way_;
  /// Lines dropped after those in `waiting_`.
  std::uint64_t missing_ = 0;
  std::uint64_t said_ = 0, written_ = 0;
  std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace musterd
