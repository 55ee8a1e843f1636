#pragma once

#include "common/time/time.hpp"
#include "http/auth/keys/jose_key.hpp"

#include <optional>
#include <string>
#include <vector>

namespace musterd {

struct signing_key {
  jose_key key;
  /// Nothing for a key from before this was noted.
  std::optional<timestamp> made_at;
};

/// The file with our private keys: a JWK Set of the key that signs and, while one is announced, the one that
/// will. Mode 0600; a file that others may read is refused. Nodes may share one.
class signing_key_file {
 public:
  explicit signing_key_file(std::string path) : path_{std::move(path)} {}
  const std::string& path() const { return path_; }

  /// Makes the file with a new key if there is none; processes that start together agree on one. Throws
  /// std::runtime_error if it cannot be used.
  std::vector<signing_key> load_or_create(timestamp now) const;

  /// What it holds now: first the key that signed first. Behind them there may be public keys, which the last
  /// version kept here. Throws std::runtime_error that names the file.
  std::vector<signing_key> load() const;

  /// Puts a new key behind the one that signs. Nothing if one waits there already, or if the file's only key
  /// is not `after`: somebody was quicker. Throws std::runtime_error.
  std::optional<signing_key> announce(timestamp now, const std::optional<std::string>& after = {}) const;

  /// Drops all keys but `kid` and those announced behind it. Throws std::runtime_error.
  void drop_before(const std::string& kid) const;

 private:
  std::string path_;
};

}  // namespace musterd
