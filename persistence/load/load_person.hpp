#pragma once

#include "domain/person/state.hpp"
#include "persistence/find/access/find_second_factor.hpp"

#include <pqxx/pqxx>

namespace musterd {

/// What a person actor starts with, in one round trip; what it reads does not grow with the person's history.
/// Nobody by that id is a state without person and user.
person_state load_person(pqxx::transaction_base& tx, tenant_uuid tenant, person_uuid person);

/// What a user held at an instant and holds no more.
std::vector<role_assignment> find_past_assignments(pqxx::transaction_base& tx, tenant_uuid tenant,
                                                   user_uuid user, timestamp at);

/// Who signs in with a username, and the hash to check the password against.
struct login_record {
  tenant_uuid tenant;
  /// Nil where the tenant has nobody of that name.
  user_uuid user;
  person_uuid person;
  /// Empty for a user that has no password (external sign-in only), and for nobody. Never logged.
  std::string password_hash;
  /// 0: no password.
  std::int64_t credential_version = 0;
  /// Whether the user has signed in from that network, as long as sign-ins are kept.
  bool was_there_before = false;
  /// One that has to be shown.
  std::optional<stored_factor> factor;
};

/// Nothing for a tenant that there is not. `tenant_code` as in people.tenant; the username in any case.
std::optional<login_record> find_login(pqxx::transaction_base& tx, std::string_view tenant_code,
                                       std::string_view username, std::string_view network);

/// A service that asks for an internal token. One that is not there, or was revoked, has no secrets.
struct service_login {
  tenant_uuid tenant;
  service_uuid client;
  /// Those that are valid, the newest first; hashes are never logged.
  struct secret {
    service_secret_uuid id;
    std::string hash;
  };
  std::vector<secret> secrets;
};
/// Nothing for a tenant that there is not.
std::optional<service_login> find_service_login(pqxx::transaction_base& tx, std::string_view tenant_code,
                                                std::string_view name);

/// The hash of the latest refresh token of a session of that person's, live or ended.
std::optional<std::string> find_secret_hash(pqxx::transaction_base& tx, tenant_uuid tenant,
                                            person_uuid person, token_family_uuid session);

/// The user that an external issuer calls `subject`.
struct subject_record {
  user_uuid user;
  person_uuid person;
};
std::optional<subject_record> find_subject(pqxx::transaction_base& tx, tenant_uuid tenant,
                                           std::string_view subject);

}  // namespace musterd
