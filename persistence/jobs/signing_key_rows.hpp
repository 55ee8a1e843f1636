#pragma once

#include "persistence/audit/chain/audit_key.hpp"

#include <pqxx/transaction_base>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace musterd {

/// A public key that tokens of ours are verified with, on whichever node it was made. Times are those of the
/// database's clock when it was read, ten years at most.
struct published_key {
  std::string kid;
  /// Its JWK.
  std::string jwk;
  std::chrono::milliseconds announced_for{};
  std::chrono::milliseconds verifies_for{};
};

/// How many there may be. A new one beyond is not published.
inline constexpr std::size_t most_published_keys = 64;

/// How far the rows of keys that nobody here knows yet have been looked through: whoever can write rows can
/// write many, so it is some at a time, and from the beginning again behind the last.
struct key_search {
  std::string behind;
  int forged = 0, forged_before = 0;
};
/// What one look takes.
inline constexpr int rows_in_a_look = 256;

struct published_keys {
  /// Those that still verify, the oldest first.
  std::vector<published_key> keys;
  /// Rows whose seal is not ours, as far as they have been looked through; they are left out.
  int forged = 0;
};

/// The `known` keys, and those among the next `looks` times `rows_in_a_look` other rows: those take no place
/// of these, however many there are.
published_keys read_published_keys(pqxx::transaction_base& tx, const audit_key& seal,
                                   const std::vector<std::string>& known, key_search& search, int looks);

/// Publishes a key, or lets one that is verify for `lease` from now on, if that is longer.
void publish_key(pqxx::transaction_base& tx, const audit_key& seal, std::string_view kid,
                 std::string_view jwk, std::chrono::seconds lease);

}  // namespace musterd
