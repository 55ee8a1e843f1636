#pragma once

#include "common/time/time.hpp"
#include "http/auth/keys/signing_key_file.hpp"
#include "persistence/jobs/signing_key_rows.hpp"

#include <memory>
#include <mutex>

namespace musterd {

struct auth_settings;

struct key_ring_settings {
  /// How long a new key is published before it signs.
  std::chrono::seconds announced_for{900};
  /// An access token's lifetime: how long a key must still verify after its last signature.
  std::chrono::seconds token_lifetime{900};
  /// A key signs for this long, then another is announced. Zero: forever.
  std::chrono::days rotated_after{0};
};

key_ring_settings key_ring_settings_from(const auth_settings& auth);

/// How long others may cache /.well-known/jwks.json: none may still lack a key when it begins to sign.
std::chrono::seconds jwks_max_age(const key_ring_settings& s);
/// How long a key still verifies after each renewal by a node that may sign with it.
std::chrono::seconds key_lease(const key_ring_settings& s);

enum class key_state {
  /// From this node's file.
  signing,
  announced,
  /// Signs, or signed, elsewhere.
  verifying,
};
BOOST_DESCRIBE_ENUM(key_state, signing, announced, verifying)

struct key_view {
  std::string kid;
  signature_algorithm algorithm = signature_algorithm::es256;
  key_state state = key_state::verifying;
  std::chrono::seconds announced_for{};
  std::chrono::seconds verifies_for{};
};

/// All access-token keys: the one this node signs with, and those any node verifies with. A key is announced
/// long enough before its first signature for everyone to learn it; announcement and lease are kept in the
/// database, by its clock. Once nobody may sign with it, a key is not renewed, and ends after the last token
/// it can have signed. Thread-safe.
class key_ring {
 public:
  /// A single key that signs forever: for tests, and for describing the routes.
  explicit key_ring(jose_key only);
  /// Signs nothing until tended. Throws std::runtime_error if the file is unusable.
  key_ring(signing_key_file file, audit_key seal, key_ring_settings settings);

  struct tended {
    /// This file's first key was just published, and there are others: their nodes do not know it yet.
    bool is_new_here = false;
    /// The key that was announced, and the one that began to sign.
    std::optional<std::string> announced, begun;
    /// Published keys with somebody else's seal.
    int forged = 0;
    /// Why the file could not be read or changed; its earlier keys stay in use.
    std::optional<std::string> trouble;
  };
  /// Reads file and database, publishes our keys, takes the next due step of a rotation. Resumable: if the
  /// process dies, the next call goes on from there. Throws if the database cannot be read, and changes no
  /// keys then.
  tended tend(pqxx::transaction_base& tx, timestamp now);
  /// Only reads the keys published by others.
  void learn(pqxx::transaction_base& tx);

  /// Nullopt if no key is known to outlast the token, as when the database has not been read for a while.
  std::optional<jose_key> key_to_sign(std::chrono::seconds token_lifetime) const;
  jose_key_set verifying_keys() const;
  std::shared_ptr<const std::string> jwks() const;
  std::vector<key_view> view() const;
  /// How long ago the signing key was made.
  std::optional<std::chrono::seconds> signing_key_age(timestamp now) const;
  /// Whether other nodes may have keys as well.
  bool is_shared() const { return file_.has_value() && !verifying_keys().empty(); }
  const key_ring_settings& settings() const { return settings_; }

 private:
  struct known_key {
    jose_key key;
    published_key published;
  };
  struct snapshot {
    /// As in our file.
    std::vector<signing_key> ours;
    /// Index of the signing key in `ours`.
    std::size_t signing = 0;
    std::vector<known_key> keys;
    std::shared_ptr<const std::string> jwks;
    /// Time since boot, including suspend.
    std::chrono::nanoseconds read_at{};

    const known_key* find(std::string_view kid) const;
    std::string signing_kid() const { return ours[signing].key.kid(); }
  };

  snapshot read(pqxx::transaction_base& tx, std::vector<signing_key> ours, int& forged);
  /// True if there was anything to publish.
  bool look_after(pqxx::transaction_base& tx, const snapshot& s) const;
  bool is_due(const snapshot& s, timestamp now) const;
  std::shared_ptr<const snapshot> current() const;
  void put(snapshot s);

  std::optional<signing_key_file> file_;
  audit_key seal_ = audit_key::generate();
  key_ring_settings settings_;
  /// Held for the whole of a change: one at a time.
  std::mutex changing_;
  key_search search_;
  mutable std::mutex mutex_;
  std::shared_ptr<const snapshot> current_;
};

}  // namespace musterd
