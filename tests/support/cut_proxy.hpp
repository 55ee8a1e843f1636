#pragma once

#include <atomic>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace musterd::testing {

/// A TCP relay to a real server that can be cut: what flows through it loses its connection, and nobody gets
/// a new one until it is mended. Or it freezes: connections are there and are made, and nothing comes
/// through.
class cut_proxy {
 public:
  cut_proxy(std::string host, int port);
  ~cut_proxy();

  int port() const { return port_; }
  void cut();
  void mend() { cut_ = false; }
  /// Resets everybody's connection, while the server behind hears nothing of it and goes on with what it was
  /// sent. New connections are welcome.
  void desert_server();
  /// From now on whoever sends this loses its connection before it arrives. Call it before anybody connects.
  void cut_at(std::string text) { deadly_ = std::move(text); }
  void freeze() { frozen_ = true; }
  void thaw() { frozen_ = false; }
  /// Connections made so far.
  int connections() const { return connections_; }

 private:
  void accept_all(const std::stop_token& stop);
  void pump(int from, int to, int number);

  std::string host_, deadly_;
  int target_port_, listener_, port_ = 0;
  std::atomic<bool> cut_{false}, frozen_{false};
  /// How many of `sockets_` (of a client, then of its server, and so on) no longer end each other.
  std::atomic<int> deserted_{0};
  std::atomic<int> connections_{0};
  std::mutex mutex_;
  std::vector<int> sockets_;
  std::list<std::jthread> pumps_;
  std::jthread acceptor_;
};

}  // namespace musterd::testing
