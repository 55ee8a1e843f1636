#pragma once

#include "tests/support/process.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace musterd::testing {

/// A port that is free on 127.0.0.1 right now.
std::uint16_t free_port();

/// `musterd` (MUSTERD_BINARY) on a port and with a key file of its own, both kept over restarts. Its log is
/// in the folder it is given.
class test_server {
 public:
  /// `settings` are environment variables, MUSTERD_DATABASE_URL and MUSTERD_AMQP_URL among them.
  test_server(std::string folder, std::map<std::string, std::string> settings);

  /// Runs a command of the program to its end ("migrate", "audit verify") and answers what it wrote.
  std::string run(const std::string& command) const;

  /// Another setting, from the next start on.
  void set(const std::string& name, std::string value) { settings_[name] = std::move(value); }
  /// Starts serving; `wait_until_ready` is for the caller. It must not be serving.
  void start();
  /// Until GET /health/ready answers 200; throws std::runtime_error with the end of the log if it does not.
  void wait_until_ready(std::chrono::milliseconds limit = std::chrono::seconds{30});
  /// As an operator does it. Answers the exit code, or nothing if it had to be killed.
  std::optional<int> stop(std::chrono::milliseconds limit = std::chrono::seconds{30});
  /// kill -9.
  void kill();
  void signal(int number) const;
  bool running();

  const std::string& url() const { return url_; }
  std::uint16_t port() const { return port_; }
  const std::string& log() const { return log_; }
  /// Only between `start` and its end.
  pid_t pid() const { return process_->pid(); }

 private:
  program command(const std::string& name) const;

  std::uint16_t port_;
  std::string url_, log_;
  std::map<std::string, std::string> settings_;
  std::unique_ptr<child_process> process_;
};

}  // namespace musterd::testing
