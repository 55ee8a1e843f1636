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
  /// Of an access token; for so long a key must verify once it has signed.
  std::chrono::seconds token_lifetime{900};
  /// A key signs for so long, then another is announced. Zero: for ever.
  std::chrono::days rotated_after{0};
};

key_ring_settings key_ring_settings_from(const auth_settings& auth);

/// How long others may keep what /.well-known/jwks.json answers: none of them may still be without a key when
/// it begins to sign.
std::chrono::seconds jwks_max_age(const key_ring_settings& s);
/// How long a key goes on to verify each time somebody who may sign with it looks after it.
std::chrono::seconds key_lease(const key_ring_settings& s);

enum class key_state {
  /// Of this node's file.
  signing,
  announced,
  /// It signs, or signed, elsewhere.
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

/// All keys of access tokens: which one this node signs with, and which ones any node verifies with. Between
/// a key's announcement and its first signature lies time enough for everybody to know it; when it was
/// announced, and until when it verifies, is kept in the database and told by its clock. A key that nobody
/// may sign with any more is no longer looked after, and ends when the last token that it can have signed
/// has. Thread-safe.
class key_ring {
 public:
  /// One key, which signs for ever: for tests, and to describe the routes.
  explicit key_ring(jose_key only);
  /// Signs nothing before it has been tended. Throws std::runtime_error if the file cannot be used.
  key_ring(signing_key_file file, audit_key seal, key_ring_settings settings);

  struct tended {
    /// The first key of this file was published, and there are others: their nodes do not know it yet.
    bool is_new_here = false;
    /// The key that was announced, and the one that began to sign.
    std::optional<std::string> announced, begun;
    /// Published keys that somebody else sealed.
    int forged = 0;
    /// Why the file could not be read or changed: its keys from before are used on.
    std::optional<std::string> trouble;
  };
  /// Reads file and database, publishes what is ours, takes the next step of a rotation that is due. Whatever
  /// step the process dies at, the next call goes on from there. Throws when the database cannot be read: the
  /// keys stay as they were.
  tended tend(pqxx::transaction_base& tx, timestamp now);
  /// Only reads what others have published.
  void learn(pqxx::transaction_base& tx);

  /// Nothing while no key is known to verify for as long as the token lasts: when the database has not been
  /// read for a while.
  std::optional<jose_key> key_to_sign(std::chrono::seconds token_lifetime) const;
  jose_key_set verifying_keys() const;
  std::shared_ptr<const std::string> jwks() const;
  std::vector<key_view> view() const;
  /// Since the signing key was made.
  std::optional<std::chrono::seconds> signing_key_age(timestamp now) const;
  /// Whether other nodes may have keys, too.
  bool is_shared() const { return file_.has_value() && !verifying_keys().empty(); }
  const key_ring_settings& settings() const { return settings_; }

 private:
  struct known_key {
    jose_key key;
    published_key published;
  };
  struct snapshot {
    /// As our file has them.
    std::vector<signing_key> ours;
    /// Which of `ours` signs.
    std::size_t signing = 0;
    std::vector<known_key> keys;
    std::shared_ptr<const std::string> jwks;
    /// Since the machine started, sleep included.
    std::chrono::nanoseconds read_at{};

    const known_key* find(std::string_view kid) const;
    std::string signing_kid() const { return ours[signing].key.kid(); }
  };

  snapshot read(pqxx::transaction_base& tx, std::vector<signing_key> ours, int& forged);
  /// Answers whether there was anything to publish.
  bool look_after(pqxx::transaction_base& tx, const snapshot& s) const;
  bool is_due(const snapshot& s, timestamp now) const;
  std::shared_ptr<const snapshot> current() const;
  void put(snapshot s);

  std::optional<signing_key_file> file_;
  audit_key seal_ = audit_key::generate();
  key_ring_settings settings_;
  /// One change at a time.
  std::mutex changing_;
  key_search search_;
  mutable std::mutex mutex_;
  std::shared_ptr<const snapshot> current_;
};

}  // namespace musterd
