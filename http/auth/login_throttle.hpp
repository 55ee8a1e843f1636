#pragma once

#include "common/fault.hpp"
#include "common/time.hpp"

#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace musterd {

struct throttle_settings {
  /// Failures that cost nothing: typing errors. Many people may sign in from one address.
  int free_per_user = 5;
  int free_per_address = 50;
  /// The wait after the first failure too many; doubles with each one more.
  std::chrono::seconds first_wait{1};
  std::chrono::seconds longest_wait{900};
  /// Failures are forgotten when there was none for this long.
  std::chrono::seconds memory{3600};
  /// Usernames and addresses remembered, each; the ones that failed longest ago go first.
  std::size_t max_remembered = 100'000;
};

/// Slows down whoever guesses passwords, per username and per address. Names that do not exist count like
/// those that do. How many guesses slip through at once is bounded by the password hasher's queue.
/// Thread-safe.
class login_throttle {
 public:
  explicit login_throttle(throttle_settings settings = {}) : settings_{settings} {}

  /// 429 TOO_MANY_REQUESTS while either has to wait; the password is not looked at then, were it right or
  /// wrong. Without a user (a refresh token is no guess at one) only the address counts.
  outcome<void> check(std::string_view user, std::string_view address, timestamp now);
  void failed(std::string_view user, std::string_view address, timestamp now);
  /// Forgets the user's failures, not the address's: a guesser may have an account.
  void succeeded(std::string_view user);

 private:
  struct record {
    std::string key;
    int failures = 0;
    timestamp last{};
    timestamp blocked_until{};
  };
  /// Least recently failed first.
  struct memory {
    std::list<record> order;
    std::unordered_map<std::string_view, std::list<record>::iterator> by_key;
  };

  const record* find(memory& in, const std::string& key, timestamp now);
  void add_failure(memory& to, const std::string& key, int free, timestamp now);

  throttle_settings settings_;
  std::mutex mutex_;
  memory users_;
  memory addresses_;
};

/// What counts as one address: an IPv4 address, or the /64 network of an IPv6 address.
std::string throttled_network(std::string_view address);

}  // namespace musterd
