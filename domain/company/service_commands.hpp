#pragma once

#include "domain/access/faults.hpp"
#include "domain/company/events.hpp"
#include "domain/company/faults.hpp"
#include "domain/kernel/decision.hpp"
#include "domain/kernel/nothing.hpp"
#include "domain/kernel/version_check.hpp"

/// What may be changed of a company's services. Secrets are made and hashed in `http/`; only hashes come
/// here. Letting a service do something, or getting a secret to act as it, takes that authority oneself.
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
  static constexpr std::array faults{service_name_taken, exceeds_own_authority};

  std::string secret_hash;
};
BOOST_DESCRIBE_STRUCT(create_service, (new_service), (secret_hash))
company_rule<create_service> decide;

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
  static constexpr std::array faults{service_not_found, version_conflict, precondition_failed,
                                     exceeds_own_authority};

  service_uuid client_id;
  std::optional<std::int64_t> if_match;
};
BOOST_DESCRIBE_STRUCT(update_service, (service_changes), (client_id, if_match))
company_rule<update_service> decide;

/// For good; its tokens no longer open anything.
struct revoke_service {
  static constexpr std::string_view name = "revoke_service";
  static constexpr int success_status = 204;
  using answer = nothing;
  using body = nothing;
  static constexpr std::array faults{service_not_found, exceeds_own_authority};

  service_uuid client_id;
};
BOOST_DESCRIBE_STRUCT(revoke_service, (), (client_id))
company_rule<revoke_service> decide;

struct secret_rotation {
  /// When the present secret ends; nothing: when somebody ends it.
  std::optional<timestamp> previous_ends_at;
};
BOOST_DESCRIBE_STRUCT(secret_rotation, (), (previous_ends_at))

struct add_service_secret : secret_rotation {
  static constexpr std::string_view name = "add_service_secret";
  static constexpr int success_status = 201;
  using answer = service_view;
  using body = secret_rotation;
  static constexpr std::array faults{service_not_found, too_many_secrets, exceeds_own_authority};

  service_uuid client_id;
  std::string secret_hash;
};
BOOST_DESCRIBE_STRUCT(add_service_secret, (secret_rotation), (client_id, secret_hash))
company_rule<add_service_secret> decide;

/// At once, and with it the tokens it gave.
struct end_service_secret {
  static constexpr std::string_view name = "end_service_secret";
  static constexpr int success_status = 204;
  using answer = nothing;
  using body = nothing;
  static constexpr std::array faults{service_not_found, secret_not_found, exceeds_own_authority};

  service_uuid client_id;
  service_secret_uuid secret_id;
};
BOOST_DESCRIBE_STRUCT(end_service_secret, (), (client_id, secret_id))
company_rule<end_service_secret> decide;

void validate(const create_service& c, std::vector<field_error>& errors);
void validate(const update_service& c, std::vector<field_error>& errors);

}  // namespace musterd
