#pragma once

#include "domain/company/service.hpp"
#include "domain/person/records.hpp"

/// `seed/*.json`: a company and the default roles, in camelCase, with fixed ids so that imports are
/// repeatable.
namespace musterd {

struct seed_role {
  role_uuid role_id;
  std::string role_name;
  std::optional<std::string> description;
  std::vector<scope_type> allowed_scopes;
  /// Keys or patterns: "people:*", "*:view" (domain/access/permissions.hpp). Expanded at import.
  std::vector<std::string> grants;
  /// Subtracted from what the patterns cover.
  std::optional<std::vector<std::string>> except;
};
BOOST_DESCRIBE_STRUCT(seed_role, (), (role_id, role_name, description, allowed_scopes, grants, except))

/// seed/roles.json.
struct roles_file {
  std::vector<seed_role> roles;
};
BOOST_DESCRIBE_STRUCT(roles_file, (), (roles))

struct seed_tenant {
  tenant_uuid tenant_id;
  std::string code;
  std::string name;
};
BOOST_DESCRIBE_STRUCT(seed_tenant, (), (tenant_id, code, name))

struct seed_location {
  location_uuid location_id;
  std::string code;
  std::string name;
  std::string timezone;
};
BOOST_DESCRIBE_STRUCT(seed_location, (), (location_id, code, name, timezone))

/// GLOBAL without a location.
struct seed_assignment {
  role_assignment_uuid assignment_id;
  /// Role name and location code.
  std::string role;
  std::optional<std::string> location;
};
BOOST_DESCRIBE_STRUCT(seed_assignment, (), (assignment_id, role, location))

struct seed_user {
  user_uuid user_id;
  std::string username;
  /// Whether the user gets a password.
  bool login = false;
  std::vector<seed_assignment> roles;
};
BOOST_DESCRIBE_STRUCT(seed_user, (), (user_id, username, login, roles))

struct seed_person {
  person_uuid person_id;
  std::string first_name;
  std::string last_name;
  std::optional<std::string> primary_email;
  std::optional<seed_user> user;
};
BOOST_DESCRIBE_STRUCT(seed_person, (), (person_id, first_name, last_name, primary_email, user))

/// A service of the company that may call /internal; it gets a secret as a login gets a password.
struct seed_service {
  service_uuid client_id;
  std::string name;
  std::vector<std::string> scopes;
};
BOOST_DESCRIBE_STRUCT(seed_service, (), (client_id, name, scopes))

/// seed/demo.json.
struct company_file {
  std::string about;
  seed_tenant tenant;
  /// Everything in the file exists since then.
  timestamp since{};
  std::vector<seed_location> locations;
  /// In addition to the default roles.
  std::vector<seed_role> roles;
  std::vector<seed_person> people;
  std::optional<std::vector<seed_service>> services;
};
BOOST_DESCRIBE_STRUCT(company_file, (), (about, tenant, since, locations, roles, people, services))

}  // namespace musterd
