#pragma once

#include "domain/person/state.hpp"
#include "persistence/find/access/find_second_factor.hpp"

#include <pqxx/pqxx>

namespace musterd {

/// Initial state of a person actor, in one round trip; its size does not grow with the person's history. An
/// unknown id yields a state without person and user.
person_state load_person(pqxx::transaction_base& tx, tenant_uuid tenant, person_uuid person);

/// What a user held at an instant, but no longer holds.
std::vector<role_assignment> find_past_assignments(pqxx::transaction_base& tx, tenant_uuid tenant,
                                                   user_uuid user, timestamp at);

/// The user of a username, and the hash to check the password against.
struct login_record {
  tenant_uuid tenant;
  /// Nil if the tenant has no user of that name.
  user_uuid user;
  person_uuid person;
  /// Empty for a user without a password (external sign-in only) and for no user. Never logged.
  std::string password_hash;
  /// 0: no password.
  std::int64_t credential_version = 0;
  /// Whether the user has signed in from that network before, as far as sign-ins are kept.
  bool was_there_before = false;
  /// A second factor that must be presented.
  std::optional<stored_factor> factor;
};

/// nullopt for an unknown tenant. `tenant_code` as in people.tenant; the username in any case.
std::optional<login_record> find_login(pqxx::transaction_base& tx, std::string_view tenant_code,
                                       std::string_view username, std::string_view network);

/// A service that requests an internal token. Without secrets if unknown or revoked.
struct service_login {
  tenant_uuid tenant;
  service_uuid client;
  /// Valid ones, newest first; hashes are never logged.
  struct secret {
    service_secret_uuid id;
    std::string hash;
  };
  std::vector<secret> secrets;
};
/// nullopt for an unknown tenant.
std::optional<service_login> find_service_login(pqxx::transaction_base& tx, std::string_view tenant_code,
                                                std::string_view name);

/// The hash of the latest refresh token of this person's session, live or ended.
std::optional<std::string> find_secret_hash(pqxx::transaction_base& tx, tenant_uuid tenant,
                                            person_uuid person, token_family_uuid session);

/// The user known to an external issuer as `subject`.
struct subject_record {
  user_uuid user;
  person_uuid person;
};
std::optional<subject_record> find_subject(pqxx::transaction_base& tx, tenant_uuid tenant,
                                           std::string_view subject);

}  // namespace musterd
