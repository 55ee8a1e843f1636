#pragma once

#include <atomic>
#include <limits>
#include <list>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace musterd::testing {

/// A TCP relay to a real server that can be cut: what flows through it loses its connection, and nobody gets
/// a new one until it is mended. Or it freezes: connections are there and are made, and nothing comes
/// through, of all or of those there are so far.
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
  /// Whoever sends this while `silencing(true)` holds gets no answer any more, on that connection. Call it
  /// before anybody connects.
  void silence_at(std::string text) { silent_at_ = std::move(text); }
  void silencing(bool on) { silencing_ = on; }
  /// Connections that have got no answer for that, so far.
  int silenced() const { return silenced_; }
  void freeze() { frozen_before_ = every_one; }
  void freeze_present();
  /// Only those who have sent this; to be named before anybody connects.
  void tell_apart(std::string text) { telling_ = std::move(text); }
  /// With the first of them that sends this.
  void freeze_told_apart_at(std::string text);
  void thaw() {
    frozen_before_ = 0;
    told_apart_frozen_ = false;
  }
  /// Whether something with this text in it has come and is not handed on.
  bool holds_back(std::string_view text);
  /// Connections made so far.
  int connections() const { return connections_; }

 private:
  void accept_all(const std::stop_token& stop);
  void pump(int from, int to, int number);
  bool is_frozen(int number);
  void hold_back(std::string_view bytes, int number);
  void look_for_freezing_text(std::string_view bytes, int number);

  std::string host_, deadly_, silent_at_, telling_;
  int target_port_, listener_, port_ = 0;
  static constexpr int every_one = std::numeric_limits<int>::max();
  std::atomic<bool> cut_{false}, silencing_{false}, told_apart_frozen_{false};
  /// How many of `sockets_` hand on nothing.
  std::atomic<int> frozen_before_{0};
  /// How many of `sockets_` (of a client, then of its server, and so on) no longer end each other.
  std::atomic<int> deserted_{0};
  std::atomic<int> connections_{0}, silenced_{0};
  std::string freezing_at_;           // guarded by mutex_
  std::list<std::string> held_back_;  // guarded by mutex_
  std::set<int> told_apart_;          // guarded by mutex_
  std::mutex mutex_;
  std::vector<int> sockets_;
  std::list<std::jthread> pumps_;
  std::jthread acceptor_;
};

}  // namespace musterd::testing
