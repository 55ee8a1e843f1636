#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>

namespace musterd {

/// A listener's thread for steps of TLS handshakes. Networks take turns: a crowd of one lets others wait for
/// one step of theirs at a time. What waits is bounded by the connections: each has one step here at most,
/// and takes it back when it is closed. Thread-safe.
class handshake_worker {
 public:
  /// `niceness` is how far the thread steps back behind all others of this machine (nice(1)).
  explicit handshake_worker(int niceness);
  /// Ends the step that has begun; the others are dropped.
  ~handshake_worker();

  /// Steps must not throw. `whose` has none waiting.
  void submit(const std::string& network, const void* whose, std::function<void()> step);
  /// Whether the step of `whose` had not begun, and never will.
  bool take_back(const std::string& network, const void* whose);

 private:
  struct waiting {
    const void* whose;
    std::function<void()> step;
  };
  /// Of one network, in order; never empty.
  struct line {
    std::string network;
    std::deque<waiting> steps;
  };

  void serve();
  std::function<void()> next();

  std::mutex mutex_;
  std::condition_variable changed_;
  /// The first is next.
  std::list<line> lines_;
  std::unordered_map<std::string, std::list<line>::iterator> by_network_;
  bool stopping_ = false;
  std::jthread thread_;
};

}  // namespace musterd
