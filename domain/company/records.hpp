#pragma once

#include "domain/access/role_catalog.hpp"
#include "domain/company/location.hpp"
#include "domain/company/service.hpp"

#include <map>

namespace musterd {

/// A permission that some service checks. Keys are code-first: a service registers its own, and a key's
/// meaning never changes (G-PERM-2).
struct registered_permission {
  std::string permission_key;
  std::string description;
  /// The service that registered it, and its version when it last did.
  std::string service_name;
  std::string service_version;
  timestamp created_at{};
  timestamp updated_at{};
  std::int64_t version = 1;
  friend bool operator==(const registered_permission&, const registered_permission&) = default;
};
BOOST_DESCRIBE_STRUCT(registered_permission, (),
                      (permission_key, description, service_name, service_version, created_at, updated_at,
                       version))
template <>
struct table_of<registered_permission> : versioned_table<"security.permission", "permission_key"> {};

/// A company's aggregate name.
inline constexpr std::string_view company_record = "company";

/// A company actor's state: everything that holds for a whole tenant.
struct company_state {
  tenant_uuid id;
  std::vector<role> roles;
  /// By key: a service registers thousands at once.
  std::map<std::string, registered_permission, std::less<>> permissions;
  std::vector<location> locations;
  std::vector<service> services;

  const role* find_role(role_uuid id) const;
  const registered_permission* find_permission(std::string_view key) const;
  const location* find_location(location_uuid id) const;
  const service* find_service(service_uuid id) const;
  friend bool operator==(const company_state&, const company_state&) = default;
};

}  // namespace musterd
