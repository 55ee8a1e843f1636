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

/// A TCP relay to a real server. Cut, it drops its connections and takes no new ones until mended. Frozen, it
/// keeps and takes connections but relays nothing, on all or on the present ones.
class cut_proxy {
 public:
  cut_proxy(std::string host, int port);
  ~cut_proxy();

  int port() const { return port_; }
  void cut();
  void mend() { cut_ = false; }
  /// Drops all clients; the server notices nothing and carries on with what it was sent. New connections
  /// work.
  void desert_server();
  /// A connection that sends `text` breaks before it arrives. Call before anybody connects.
  void cut_at(std::string text) { deadly_ = std::move(text); }
  /// While `silencing(true)`, a connection that sends `text` gets no more answers. Call before anybody
  /// connects.
  void silence_at(std::string text) { silent_at_ = std::move(text); }
  void silencing(bool on) { silencing_ = on; }
  int silenced() const { return silenced_; }
  void freeze() { frozen_before_ = every_one; }
  void freeze_present();
  /// Tells apart the connections that have sent `text`. Call before anybody connects.
  void tell_apart(std::string text) { telling_ = std::move(text); }
  /// Freezes those told apart once one of them sends `text`.
  void freeze_told_apart_at(std::string text);
  void thaw() {
    frozen_before_ = 0;
    told_apart_frozen_ = false;
  }
  /// Whether bytes containing `text` have arrived and are not passed on.
  bool holds_back(std::string_view text);
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
  /// The first so many of `sockets_` are frozen.
  std::atomic<int> frozen_before_{0};
  /// The first so many of `sockets_` (client, server, client, …) no longer close each other.
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
