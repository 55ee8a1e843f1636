#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>

namespace musterd::testing {

/// A server that answers each path with canned bytes, one connection after the other.
class hostile_server {
 public:
  hostile_server();
  ~hostile_server();
  hostile_server(const hostile_server&) = delete;
  hostile_server& operator=(const hostile_server&) = delete;

  std::uint16_t port() const { return port_; }
  void answer(const std::string& path, std::string bytes);
  /// Sends nothing until the client gives up.
  void hold(const std::string& path);
  /// Number of requests for `path`.
  int asked(const std::string& path);
  /// Waits for a request for `path`.
  void await(const std::string& path);

 private:
  struct behavior {
    std::string bytes;
    bool is_silent = false;
  };

  void serve();
  void serve_one(int client);

  int listener_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, behavior> behaviors_;
  std::map<std::string, int> asked_;
  std::jthread thread_;
};

}  // namespace musterd::testing
