#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace musterd::testing {

/// How to start a program. Its standard output and error are appended to `log`; without one they are ours.
struct program {
  std::vector<std::string> arguments;
  /// Added to our own environment.
  std::map<std::string, std::string> environment;
  std::string log;
};

/// Dies with this object and with the thread that started it: use one that lives on.
class child_process {
 public:
  /// Throws std::system_error if it cannot be started.
  explicit child_process(const program& what);
  ~child_process();
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  pid_t pid() const { return pid_; }
  void signal(int number) const;
  bool running();
  /// The exit code, or 128 + the signal's number; nothing if it still runs after `limit`.
  std::optional<int> wait(std::chrono::milliseconds limit);

 private:
  pid_t pid_ = -1;
  std::optional<int> ended_;
};

/// Runs a program to its end and returns its output; throws std::runtime_error with the last of it on failure
/// or timeout.
std::string run_program(program what, std::chrono::milliseconds limit = std::chrono::minutes{2});

/// The last `bytes` of a file, for messages.
std::string end_of_file(const std::string& path, std::size_t bytes = 3000);

/// Throws std::runtime_error if the variable is not set.
std::string needed_environment(const char* name);

}  // namespace musterd::testing
