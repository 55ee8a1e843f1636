#pragma once

#include "common/fault.hpp"
#include "http/auth/sign_in/worker.hpp"
#include "http/routing/access/access_control.hpp"

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace musterd {

/// The server's thread for work too long for a connection's. Each user, service or tokenless address has a
/// few places, so that nobody takes it all; tokenless requests have a queue of their own. Thread-safe.
class shared_worker {
 public:
  static constexpr std::size_t most_of_one = 4, most_of_a_service = 16;

  explicit shared_worker(std::size_t max_waiting) : pool_{1, max_waiting} {}

  /// 429 if the caller's places are taken, 503 if the queue is full; the work is not run then. Work must not
  /// throw.
  outcome<void> submit(const caller& who, std::string_view client_address, std::function<void()> work);

 private:
  bool take_place(const std::string& whose, std::size_t most);
  void leave_place(const std::string& whose);

  std::mutex mutex_;
  std::unordered_map<std::string, std::size_t> places_;
  worker_pool pool_;  // last: its destructor runs what is queued, which returns its places
};

}  // namespace musterd
