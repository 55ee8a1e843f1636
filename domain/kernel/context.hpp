#pragma once

#include "common/json/described.hpp"
#include "common/text/uuid.hpp"
#include "common/time/time.hpp"
#include "domain/access/permissions.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace musterd {

enum class principal_kind { user, service, system };
BOOST_DESCRIBE_ENUM(principal_kind, user, service, system)

/// Who acts where no person does: timers, consumers, the seed.
inline constexpr uuid system_principal{{0, 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 1}};

/// What let a request in. Checked again when the request is decided, which may have waited for its turn or
/// for a password's hash.
struct admission {
  /// Nil for a token of another issuer, which has no session here.
  token_family_uuid session;
  /// Any of these, even if only at some shops; none: being signed in is enough.
  std::vector<own_permission> any_of = {};
  /// It must be held everywhere.
  bool everywhere = false;
  /// About the caller's own data, which nobody gives or takes.
  bool on_self = false;
};
BOOST_DESCRIBE_STRUCT(admission, (), (session, any_of, everywhere, on_self))

/// Travels with every command. Nothing below `http/` asks what time it is or who is calling.
struct request_context {
  tenant_uuid tenant;
  principal_kind kind = principal_kind::user;
  /// The acting user or service client; `system_principal` for the system itself.
  uuid actor;
  /// The person behind the user; nil for services.
  person_uuid person;
  /// Where the caller held the permission the request needed; nothing: everywhere.
  std::optional<std::vector<location_uuid>> covered_shops = {};
  /// Nothing: no admission was needed, as for the system.
  std::optional<admission> admitted = {};
  timestamp now{};
  std::string correlation_id;
  std::optional<std::string> traceparent;
  std::optional<std::string> idempotency_key;
  /// Digest of the request's method, path and body; the same key with another digest is refused.
  std::string request_digest;
  std::string client_address;
  std::string user_agent;
  /// A failure to inject; honoured only while `testing.fault_injection` is on (docs/operations.md).
  std::optional<std::string> injected_fault;

  bool covers(location_uuid shop) const {
    return !covered_shops ||
           std::find(covered_shops->begin(), covered_shops->end(), shop) != covered_shops->end();
  }
};
BOOST_DESCRIBE_STRUCT(request_context, (),
                      (tenant, kind, actor, person, covered_shops, admitted, now, correlation_id, traceparent,
                       idempotency_key, request_digest, client_address, user_agent, injected_fault))

}  // namespace musterd
