#pragma once

#include "common/fault.hpp"
#include "http/auth/sign_in/worker.hpp"

namespace musterd {

struct password_settings;

/// The cost of argon2id. Default: OWASP's second choice for interactive sign-in, 19 MiB and 2 passes.
struct hashing_cost {
  unsigned long long passes = 2;
  std::size_t memory_bytes = 19 * 1024 * 1024;
};

hashing_cost cost_of(const password_settings& s);

/// Finds what is wrong with a new password; may take some milliseconds.
using password_check = std::function<std::vector<field_error>(const std::string& password)>;

enum class password_verdict {
  right,
  /// Right, but hashed at another cost than today's: worth rehashing.
  right_but_outdated,
  wrong,
};

/// Hashes and checks passwords on a few low-priority threads: each takes memory and tens of milliseconds, and
/// commands must not wait for it.
class password_hasher {
 public:
  password_hasher(hashing_cost cost, std::size_t threads, std::size_t max_waiting);

  /// Without a hash (unknown user, or no password), checks a made-up one, to take just as long. BUSY if the
  /// lane is full, or when out of memory. `done` runs on a hasher thread, or right here if the lane is full.
  void verify(std::optional<std::string> hash, std::string password, worker_lane lane,
              std::function<void(outcome<password_verdict>)> done);
  /// For signed-in callers. Errors found by `check` are returned instead of a hash.
  void hash(std::string password, password_check check, std::function<void(outcome<std::string>)> done);

  /// Runs on the calling thread: for the seed and command lines. Throws std::bad_alloc.
  std::string hash_now(const std::string& password) const;

 private:
  password_verdict check(const std::string& hash, const std::string& password) const;

  hashing_cost cost_;
  std::string nobodys_hash_;
  worker_pool workers_;
};

}  // namespace musterd
