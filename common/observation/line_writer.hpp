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

/// Writes lines to a file descriptor, in their order, on a thread of its own: whoever has something to say
/// never waits for whoever reads it. Lines that come while too much waits are dropped and counted; where they
/// are missing, a line says how many. Lives as long as the process, because its thread may hang.
class line_writer {
 public:
  /// Says in one line that so many are missing.
  using notice_fn = std::function<std::string(std::uint64_t)>;

  /// The descriptor stays the caller's. `most` bytes wait, and as many may be on their way.
  line_writer(int file, std::size_t most, notice_fn notice);
  line_writer(const line_writer&) = delete;
  line_writer& operator=(const line_writer&) = delete;

  void write(std::string_view line);
  /// Waits until all that was said before is written; false when it takes longer than `patience`.
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
  /// Timed: whoever flushes may be dying in the middle of a write of their own.
  std::timed_mutex mutex_;
  std::condition_variable_any changed_;
  std::string waiting_;
  /// Of the thread alone.
  std::string on_its_way_;
  /// Behind what waits.
  std::uint64_t missing_ = 0;
  std::uint64_t said_ = 0, written_ = 0;
  std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace musterd
