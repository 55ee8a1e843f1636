#pragma once

#include "domain/company/service_commands.hpp"

#include <variant>

/// What may be changed of a company: its roles (S89-R7), the permissions services registered, its shops.
/// `body` is what the request carries; the other members come from the path and from If-Match.
namespace musterd {

/// Trimmed, blanks collapsed, lower-case: role names that agree in this are the same (D-35).
std::string normalized_role_name(std::string_view name);

struct create_role {
  static constexpr std::string_view name = "create_role";
  static constexpr int success_status = 201;
  using answer = role;
  static constexpr std::array faults{role_name_taken, permission_not_found, exceeds_own_authority};

  std::string role_name;
  std::optional<std::string> description;
  std::vector<scope_type> allowed_scopes;
  std::optional<std::vector<std::string>> permission_keys;
};
BOOST_DESCRIBE_STRUCT(create_role, (), (role_name, description, allowed_scopes, permission_keys))
company_rule<create_role> decide;

/// The name is not among them: it never changes (D-35).
struct role_changes {
  std::optional<std::string> description;
  std::optional<std::vector<scope_type>> allowed_scopes;
  std::optional<std::int64_t> version;
};
BOOST_DESCRIBE_STRUCT(role_changes, (), (description, allowed_scopes, version))

struct update_role : role_changes {
  static constexpr std::string_view name = "update_role";
  static constexpr int success_status = 200;
  using answer = role;
  using body = role_changes;
  static constexpr std::array faults{role_not_found, version_conflict, precondition_failed, last_admin,
                                     exceeds_own_authority};

  role_uuid role_id;
  std::optional<std::int64_t> if_match;
};
BOOST_DESCRIBE_STRUCT(update_role, (role_changes), (role_id, if_match))
company_rule<update_role> decide;

/// Changes nothing if it is granted already.
struct grant_permission {
  static constexpr std::string_view name = "grant_permission";
  static constexpr int success_status = 204;
  using answer = role;
  using body = nothing;
  static constexpr std::array faults{role_not_found, permission_not_found, exceeds_own_authority};

  role_uuid role_id;
  std::string permission_key;
};
BOOST_DESCRIBE_STRUCT(grant_permission, (), (role_id, permission_key))
company_rule<grant_permission> decide;

/// Changes nothing if it is not granted.
struct revoke_permission {
  static constexpr std::string_view name = "revoke_permission";
  static constexpr int success_status = 204;
  using answer = role;
  using body = nothing;
  static constexpr std::array faults{role_not_found, last_admin, exceeds_own_authority};

  role_uuid role_id;
  std::string permission_key;
};
BOOST_DESCRIBE_STRUCT(revoke_permission, (), (role_id, permission_key))
company_rule<revoke_permission> decide;

struct permission_list {
  std::vector<std::string> permission_keys;
  std::optional<std::int64_t> version;
};
BOOST_DESCRIBE_STRUCT(permission_list, (), (permission_keys, version))

/// The exact set.
struct replace_permissions : permission_list {
  static constexpr std::string_view name = "replace_permissions";
  static constexpr int success_status = 200;
  using answer = role;
  using body = permission_list;
  static constexpr std::array faults{role_not_found,      permission_not_found, version_conflict,
                                     precondition_failed, last_admin,           exceeds_own_authority};

  role_uuid role_id;
  std::optional<std::int64_t> if_match;
};
BOOST_DESCRIBE_STRUCT(replace_permissions, (permission_list), (role_id, if_match))
company_rule<replace_permissions> decide;

struct offered_permission {
  std::string key;
  std::string description;
};
BOOST_DESCRIBE_STRUCT(offered_permission, (), (key, description))

/// How many keys were new, changed, as before; `errors` names those that others own.
struct registration {
  std::int64_t registered = 0;
  std::int64_t updated = 0;
  std::int64_t unchanged = 0;
  std::vector<field_error> errors;
};
BOOST_DESCRIBE_STRUCT(registration, (), (registered, updated, unchanged, errors))

/// What a service does at each start. Keys of this server's domains are refused like those of other services.
struct register_permissions {
  static constexpr std::string_view name = "register_permissions";
  static constexpr int success_status = 200;
  using answer = registration;
  static constexpr std::array faults{not_your_service_name, too_many_permissions};

  std::string domain;
  std::string service_name;
  std::string version;
  std::vector<offered_permission> permissions;
};
BOOST_DESCRIBE_STRUCT(register_permissions, (), (domain, service_name, version, permissions))
company_rule<register_permissions> decide;

struct new_location {
  std::string code;
  std::string name;
  std::string timezone;
};
BOOST_DESCRIBE_STRUCT(new_location, (), (code, name, timezone))

struct create_location : new_location {
  static constexpr std::string_view name = "create_location";
  static constexpr int success_status = 201;
  using answer = location;
  using body = new_location;
  static constexpr std::array faults{location_code_taken};
};
BOOST_DESCRIBE_STRUCT(create_location, (new_location), ())
company_rule<create_location> decide;

/// The code is not among them: other systems know the shop by it.
struct location_changes {
  std::optional<std::string> name;
  std::optional<std::string> timezone;
  std::optional<location_status> status;
  std::optional<std::int64_t> version;
};
BOOST_DESCRIBE_STRUCT(location_changes, (), (name, timezone, status, version))

struct update_location : location_changes {
  static constexpr std::string_view name = "update_location";
  static constexpr int success_status = 200;
  using answer = location;
  using body = location_changes;
  static constexpr std::array faults{location_not_found, version_conflict, precondition_failed};

  location_uuid location_id;
  std::optional<std::int64_t> if_match;
};
BOOST_DESCRIBE_STRUCT(update_location, (location_changes), (location_id, if_match))
company_rule<update_location> decide;

using company_command =
    std::variant<create_role, update_role, grant_permission, revoke_permission, replace_permissions,
                 register_permissions, create_location, update_location, create_service, update_service,
                 revoke_service, add_service_secret, end_service_secret>;

/// Field rules that the types cannot express.
void validate(const create_role& c, std::vector<field_error>& errors);
void validate(const update_role& c, std::vector<field_error>& errors);
void validate(const register_permissions& c, std::vector<field_error>& errors);
void validate(const create_location& c, std::vector<field_error>& errors);
void validate(const update_location& c, std::vector<field_error>& errors);

}  // namespace musterd
