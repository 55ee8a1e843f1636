#pragma once

#include "domain/kernel/table.hpp"

#include <array>
#include <optional>
#include <unordered_map>

/// Other services that may call /internal, with their scopes and secrets (docs/decisions/0036-services.md).
namespace musterd {

/// The rights a service may get. Granting one requires the permission of the same key; each internal route
/// requires one.
namespace service_scope {
inline constexpr std::string_view decide = "security:authorization:decide";
inline constexpr std::string_view register_permissions = "security:permission:register";
inline constexpr std::string_view record_audit = "security:audit_entry:record";
inline constexpr std::array all{decide, register_permissions, record_audit};
}  // namespace service_scope

bool is_service_scope(std::string_view key);

/// Revoked clients keep their row for the audit trail only.
struct service_client {
  service_uuid client_id;
  /// Its name at sign-in; immutable.
  std::string name;
  std::optional<std::string> description;
  /// Sorted, without duplicates.
  std::vector<std::string> scopes;
  timestamp created_at{};
  timestamp updated_at{};
  std::optional<timestamp> revoked_at;
  std::int64_t version = 1;
  friend bool operator==(const service_client&, const service_client&) = default;
};
BOOST_DESCRIBE_STRUCT(service_client, (),
                      (client_id, name, description, scopes, created_at, updated_at, revoked_at, version))
template <>
struct table_of<service_client> : versioned_table<"security.service_client", "client_id"> {};

struct service_secret {
  service_secret_uuid secret_id;
  service_uuid client_id;
  std::string secret_hash;
  timestamp created_at{};
  std::optional<timestamp> ends_at;
  std::int64_t version = 1;

  bool is_live(timestamp now) const { return !ends_at || *ends_at > now; }
  friend bool operator==(const service_secret&, const service_secret&) = default;
};
BOOST_DESCRIBE_STRUCT(service_secret, (), (secret_id, client_id, secret_hash, created_at, ends_at, version))
template <>
struct table_of<service_secret> : versioned_table<"security.service_secret", "secret_id"> {};

/// Two, so that one can be rolled out while the other still works.
inline constexpr std::size_t most_live_secrets = 2;

/// A live service. Every change, also of its secrets, is a new version of its client.
struct service {
  service_client client;
  /// Oldest first.
  std::vector<service_secret> secrets;
  friend bool operator==(const service&, const service&) = default;
};
BOOST_DESCRIBE_STRUCT(service, (), (client, secrets))

struct service_secret_view {
  service_secret_uuid secret_id;
  timestamp created_at{};
  std::optional<timestamp> ends_at;
};
BOOST_DESCRIBE_STRUCT(service_secret_view, (), (secret_id, created_at, ends_at))

/// A service as people and auditors see it: without secrets and their hashes.
struct service_view {
  service_uuid client_id;
  std::string name;
  std::optional<std::string> description;
  std::vector<std::string> scopes;
  std::vector<service_secret_view> secrets;
  timestamp created_at{};
  timestamp updated_at{};
  std::optional<timestamp> revoked_at;
  std::int64_t version = 1;
};
BOOST_DESCRIBE_STRUCT(service_view, (),
                      (client_id, name, description, scopes, secrets, created_at, updated_at, revoked_at,
                       version))

service_view view_of(const service& s);

/// A company's live services, to check their requests against.
class service_directory {
 public:
  struct entry {
    std::vector<std::string> scopes;
    struct secret {
      service_secret_uuid secret_id;
      std::optional<timestamp> ends_at;
    };
    std::vector<secret> secrets;

    bool may(std::string_view scope) const;
    bool has_secret(service_secret_uuid secret) const;
    bool has_live(service_secret_uuid secret, timestamp now) const;
  };

  void add(const service& s);
  const entry* find(service_uuid id) const {
    auto found = services_.find(id);
    return found == services_.end() ? nullptr : &found->second;
  }

 private:
  std::unordered_map<service_uuid, entry> services_;
};

}  // namespace musterd
