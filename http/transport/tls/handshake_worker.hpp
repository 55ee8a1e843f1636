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

/// A listener's thread for TLS handshake steps. Networks take turns: a crowd from one delays the others by
/// one step at a time. Bounded by the connections: each has at most one step, taken back on close.
/// Thread-safe.
class handshake_worker {
 public:
  /// `niceness`: how far the thread steps back behind all others of this machine (nice(1)).
  explicit handshake_worker(int niceness);
  /// Finishes the step that has begun; drops the others.
  ~handshake_worker();

  /// Steps must not throw. `whose` must have none waiting.
  void submit(const std::string& network, const void* whose, std::function<void()> step);
  /// True if the step of `whose` had not begun; it never will then.
  bool take_back(const std::string& network, const void* whose);

 private:
  struct waiting {
    const void* whose;
    std::function<void()> step;
  };
  /// One network's steps, in order; never empty.
  struct line {
    std::string network;
    std::deque<waiting> steps;
  };

  void serve();
  std::function<void()> next();

  std::mutex mutex_;
  std::condition_variable changed_;
  /// Next first.
  std::list<line> lines_;
  std::unordered_map<std::string, std::list<line>::iterator> by_network_;
  bool stopping_ = false;
  std::jthread thread_;
};

}  // namespace musterd
