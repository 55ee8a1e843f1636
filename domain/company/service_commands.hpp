#pragma once

#include "domain/company/service.hpp"
#include "domain/kernel/nothing.hpp"

#include "common/known_fault.hpp"

/// What may be changed of a company's services. Secrets are made and hashed in `http/`; only hashes come
/// here. Whoever lets a service do something, or gets a secret to act as it, needs that authority themselves.
namespace musterd {

struct new_service {
  std::string name;
  std::optional<std::string> description;
  std::vector<std::string> scopes;
};
BOOST_DESCRIBE_STRUCT(new_service, (), (name, description, scopes))

struct create_service : new_service {
  static constexpr std::string_view name = "create_service";
  static constexpr int success_status = 201;
  using answer = service_view;
  using body = new_service;
  static constexpr std::array faults{known::conflict("SERVICE_NAME_TAKEN"),
                                     known::forbidden("EXCEEDS_OWN_AUTHORITY")};

  std::string secret_hash;
};
BOOST_DESCRIBE_STRUCT(create_service, (new_service), (secret_hash))

struct service_changes {
  std::optional<std::string> description;
  std::optional<std::vector<std::string>> scopes;
  std::optional<std::int64_t> version;
};
BOOST_DESCRIBE_STRUCT(service_changes, (), (description, scopes, version))

struct update_service : service_changes {
  static constexpr std::string_view name = "update_service";
  static constexpr int success_status = 200;
  using answer = service_view;
  using body = service_changes;
  static constexpr std::array faults{known::not_found("SERVICE_NOT_FOUND"),
                                     known::conflict("VERSION_CONFLICT"),
                                     known::forbidden("EXCEEDS_OWN_AUTHORITY")};

  service_uuid client_id;
  std::optional<std::int64_t> if_match;
};
BOOST_DESCRIBE_STRUCT(update_service, (service_changes), (client_id, if_match))

/// For good; its tokens open nothing any more.
struct revoke_service {
  static constexpr std::string_view name = "revoke_service";
  static constexpr int success_status = 204;
  using answer = nothing;
  using body = nothing;
  static constexpr std::array faults{known::not_found("SERVICE_NOT_FOUND"),
                                     known::forbidden("EXCEEDS_OWN_AUTHORITY")};

  service_uuid client_id;
};
BOOST_DESCRIBE_STRUCT(revoke_service, (), (client_id))

struct secret_rotation {
  /// When the secret that there is ends; nothing: when somebody ends it.
  std::optional<timestamp> previous_ends_at;
};
BOOST_DESCRIBE_STRUCT(secret_rotation, (), (previous_ends_at))

struct add_service_secret : secret_rotation {
  static constexpr std::string_view name = "add_service_secret";
  static constexpr int success_status = 201;
  using answer = service_view;
  using body = secret_rotation;
  static constexpr std::array faults{known::not_found("SERVICE_NOT_FOUND"),
                                     known::conflict("TOO_MANY_SECRETS"),
                                     known::forbidden("EXCEEDS_OWN_AUTHORITY")};

  service_uuid client_id;
  std::string secret_hash;
};
BOOST_DESCRIBE_STRUCT(add_service_secret, (secret_rotation), (client_id, secret_hash))

/// At once, and with it the tokens it gave.
struct end_service_secret {
  static constexpr std::string_view name = "end_service_secret";
  static constexpr int success_status = 204;
  using answer = nothing;
  using body = nothing;
  static constexpr std::array faults{known::not_found("SERVICE_NOT_FOUND"),
                                     known::not_found("SECRET_NOT_FOUND"),
                                     known::forbidden("EXCEEDS_OWN_AUTHORITY")};

  service_uuid client_id;
  service_secret_uuid secret_id;
};
BOOST_DESCRIBE_STRUCT(end_service_secret, (), (client_id, secret_id))

void validate(const create_service& c, std::vector<field_error>& errors);
void validate(const update_service& c, std::vector<field_error>& errors);

}  // namespace musterd
