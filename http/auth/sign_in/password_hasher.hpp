#pragma once

#include "common/fault.hpp"
#include "http/auth/sign_in/worker.hpp"

namespace musterd {

struct password_settings;

/// What argon2id costs. The default is OWASP's second choice for interactive sign-in: 19 MiB, 2 passes.
struct hashing_cost {
  unsigned long long passes = 2;
  std::size_t memory_bytes = 19 * 1024 * 1024;
};

hashing_cost cost_of(const password_settings& s);

/// What is wrong with a new password; may take some milliseconds.
using password_check = std::function<std::vector<field_error>(const std::string& password)>;

enum class password_verdict {
  right,
  /// Right, but stored with another cost than today's: worth hashing anew.
  right_but_outdated,
  wrong,
};

/// Hashes and checks passwords on threads of its own, a few at a time, behind all other work of the machine:
/// each takes memory and tens of milliseconds, and commands do not wait for it.
class password_hasher {
 public:
  password_hasher(hashing_cost cost, std::size_t threads, std::size_t max_waiting);

  /// Without a hash (unknown user, user without password) a made-up one is checked, so that the answer takes
  /// as long. Beyond the queue of the lane: BUSY, at once. `done` runs on a thread of the hasher, or right
  /// here with BUSY.
  void verify(std::optional<std::string> hash, std::string password, worker_lane lane,
              std::function<void(outcome<password_verdict>)> done);
  /// For somebody who is signed in. What `check` finds wrong with the password is the answer instead.
  void hash(std::string password, password_check check, std::function<void(outcome<std::string>)> done);

  /// On the calling thread: for the seed and command lines. Throws std::bad_alloc.
  std::string hash_now(const std::string& password) const;

 private:
  password_verdict check(const std::string& hash, const std::string& password) const;

  hashing_cost cost_;
  std::string nobodys_hash_;
  worker_pool workers_;
};

}  // namespace musterd
