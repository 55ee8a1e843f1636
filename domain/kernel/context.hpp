#pragma once

#include "common/json/described.hpp"
#include "common/text/uuid.hpp"
#include "common/time/time.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace musterd {

enum class principal_kind { user, service, system };
BOOST_DESCRIBE_ENUM(principal_kind, user, service, system)

/// Who does something where a person did not: timers, consumers, the seed.
inline constexpr uuid system_principal{{0, 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 1}};

/// What let a request in. It is asked again when the request is decided: by then it may have waited for its
/// turn, or for a password's hash.
struct admission {
  /// Nil: a token of another issuer, which has no session here.
  token_family_uuid session;
  /// Any of these, be it at some shops only; none: it is enough to be signed in.
  std::vector<std::string> any_of = {};
  /// It has to be held everywhere.
  bool everywhere = false;
  /// On their own data, which is not given or taken.
  bool on_self = false;
};
BOOST_DESCRIBE_STRUCT(admission, (), (session, any_of, everywhere, on_self))

/// What travels with every command. Nothing below `http/` asks what time it is or who is calling.
struct request_context {
  tenant_uuid tenant;
  principal_kind kind = principal_kind::user;
  /// The user or service client that acts; `system_principal` for the system itself.
  uuid actor;
  /// The person behind the user; nil for services.
  person_uuid person;
  /// Where who acts held the permission that the request needed; nothing: everywhere.
  std::optional<std::vector<location_uuid>> covered_shops = {};
  /// Nothing: nobody asked for admission, as the system does not.
  std::optional<admission> admitted = {};
  timestamp now{};
  std::string correlation_id;
  std::optional<std::string> traceparent;
  std::optional<std::string> idempotency_key;
  /// Method, path and body of the request in one digest: the same key with another digest is refused.
  std::string request_digest;
  std::string client_address;
  std::string user_agent;
  /// A failure to cause on purpose; obeyed only while `testing.fault_injection` is on (docs/operations.md).
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
