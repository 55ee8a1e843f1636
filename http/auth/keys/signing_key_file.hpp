#pragma once

#include "common/time/time.hpp"
#include "http/auth/keys/jose_key.hpp"

#include <optional>
#include <string>
#include <vector>

namespace musterd {

struct signing_key {
  jose_key key;
  /// Nullopt for a key older than this member.
  std::optional<timestamp> made_at;
};

/// Our private keys: a JWK Set of the signing key and, once announced, its successor. Mode 0600; refused if
/// others may read it. Nodes may share one.
class signing_key_file {
 public:
  explicit signing_key_file(std::string path) : path_{std::move(path)} {}
  const std::string& path() const { return path_; }

  /// Creates the file if missing; processes that start together agree on one key. Throws std::runtime_error
  /// if it is unusable.
  std::vector<signing_key> load_or_create(timestamp now) const;

  /// The current keys in signing order, perhaps followed by public keys, which the previous version kept
  /// here. Throws std::runtime_error naming the file.
  std::vector<signing_key> load() const;

  /// Appends a new key. Nullopt if one is waiting already, or if the only key is not `after`: somebody was
  /// faster. Throws std::runtime_error.
  std::optional<signing_key> announce(timestamp now, const std::optional<std::string>& after = {}) const;

  /// Drops all keys but `kid` and its successors. Throws std::runtime_error.
  void drop_before(const std::string& kid) const;

 private:
  std::string path_;
};

}  // namespace musterd
