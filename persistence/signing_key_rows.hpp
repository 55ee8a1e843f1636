#pragma once

#include "persistence/audit_key.hpp"

#include <pqxx/transaction_base>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace musterd {

/// A public key that tokens of ours are verified with, on whichever node it was made. Times are those of the
/// database's clock when it was read.
struct published_key {
  std::string kid;
  /// Its JWK.
  std::string jwk;
  std::chrono::milliseconds announced_for{};
  std::chrono::milliseconds verifies_for{};
};

/// How many there may be. A new one beyond is not published.
inline constexpr int most_published_keys = 64;

struct published_keys {
  /// Those that still verify, the oldest first.
  std::vector<published_key> keys;
  /// Rows whose seal is not ours; they are left out.
  int forged = 0;
};

published_keys read_published_keys(pqxx::transaction_base& tx, const audit_key& seal);

/// Publishes a key, or lets one that is verify for `lease` from now on, if that is longer.
void publish_key(pqxx::transaction_base& tx, const audit_key& seal, std::string_view kid,
                 std::string_view jwk, std::chrono::seconds lease);

}  // namespace musterd
