#pragma once

#include "tests/support/process.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace musterd::testing {

/// A port that is free on 127.0.0.1 right now.
std::uint16_t free_port();

/// `musterd` (MUSTERD_BINARY) on its own port with its own key files, kept across restarts. Its log is in
/// `folder`.
class test_server {
 public:
  /// `settings` are environment variables, including MUSTERD_DATABASE_URL and MUSTERD_AMQP_URL.
  test_server(std::string folder, std::map<std::string, std::string> settings);

  /// Runs a command of the program ("migrate", "audit verify") to its end; returns what it wrote.
  std::string run(const std::string& command) const;

  /// Changes a setting from the next start on.
  void set(const std::string& name, std::string value) { settings_[name] = std::move(value); }
  /// Starts serving, ready or not. It must not be serving yet.
  void start();
  /// Waits for GET /health/ready to answer 200; throws std::runtime_error with the end of the log if it does
  /// not.
  void wait_until_ready(std::chrono::milliseconds limit = std::chrono::seconds{30});
  /// Stops it as an operator would. Returns the exit code, or nothing if it had to be killed.
  std::optional<int> stop(std::chrono::milliseconds limit = std::chrono::seconds{30});
  /// kill -9.
  void kill();
  void signal(int number) const;
  bool running();

  const std::string& url() const { return url_; }
  std::uint16_t port() const { return port_; }
  const std::string& log() const { return log_; }
  /// Valid only between `start` and its end.
  pid_t pid() const { return process_->pid(); }

 private:
  program command(const std::string& name) const;

  std::uint16_t port_;
  std::string url_, log_;
  std::map<std::string, std::string> settings_;
  std::unique_ptr<child_process> process_;
};

}  // namespace musterd::testing
