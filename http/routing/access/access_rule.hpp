#pragma once

#include "common/json/described.hpp"
#include "domain/access/held_grant.hpp"
#include "domain/person/account/sign_in_policy.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace musterd {

enum class access_kind { open, self, permission, permission_everywhere, permission_on_self, internal };
BOOST_DESCRIBE_ENUM(access_kind, open, self, permission, permission_everywhere, permission_on_self, internal)

/// What a route shows a caller who holds its permission at some shops only: nothing about people, or only the
/// people of those shops (docs/decisions/0034-scope.md).
enum class people_shown { none, of_covered_shops };
BOOST_DESCRIBE_ENUM(people_shown, none, of_covered_shops)

/// Who may call a route. No default: a route without a rule does not compile.
struct access_rule {
  access_kind kind;
  /// Any one of these opens the route: permissions, or the scope an internal route needs. None for `open` and
  /// `self`.
  std::vector<own_permission> keys = {};
  /// These open nothing, but the handler wants to know of them.
  std::vector<own_permission> asked = {};
  /// Set for every rule that a permission at some shops satisfies.
  std::optional<people_shown> people = {};
  /// A user who must do that first may do it here.
  std::optional<required_action> settles = {};
  /// Whether the sign-in must be no older than `auth.fresh_sign_in_seconds`.
  bool fresh = false;

  /// What documents and records name it by; empty without keys.
  std::string_view key() const { return keys.empty() ? std::string_view{} : keys.front().key(); }
};

/// A permission somebody holds, and where.
struct held_permission {
  /// Default: no one permission.
  own_permission permission = {};
  held_places where = {};
};

/// What of the rule's keys, then of what it asks about, these grants hold; nothing: they do not open it. The
/// first is what opened it: its key; for a rule without, wherever any role is held; for any of several keys,
/// nowhere, for each may hold elsewhere. For routes that users call.
std::optional<std::vector<held_permission>> opened_with(const access_rule& rule, held_grants grants,
                                                        timestamp now, const role_catalog& roles);

/// What route files write: `using namespace access;`.
namespace access {

/// Anybody, signed in or not.
inline const access_rule open{access_kind::open};
/// Any signed-in user, on their own data.
inline const access_rule self{access_kind::self};
/// The same, even for a user who must do that first.
inline access_rule self_settling(required_action action) {
  return {access_kind::self, {}, {}, {}, action};
}
/// A service's token, if the service has that scope (domain/company/service.hpp).
inline access_rule internal(own_permission scope) {
  return {access_kind::internal, {scope}};
}

inline constexpr auto no_people = people_shown::none;
/// Handlers read by `http_call::people()`, and refuse to change what is at other shops.
inline constexpr auto covered_people = people_shown::of_covered_shops;

/// The permission, everywhere or at some locations: `caller::where` says which. `caller::holding` says which
/// of `asked` the caller holds as well; they show nobody.
inline access_rule permission(own_permission key, people_shown people,
                              std::vector<own_permission> asked = {}) {
  return {access_kind::permission, {key}, std::move(asked), people};
}
/// The same from a GLOBAL assignment: what concerns the whole company.
inline access_rule permission_everywhere(own_permission key, std::vector<own_permission> asked = {}) {
  return {access_kind::permission_everywhere, {key}, std::move(asked)};
}
/// Any one of several permissions, each of which shows something else: `caller::holding` says which and
/// where, and which of `asked`.
inline access_rule any_permission(std::vector<own_permission> keys, people_shown people,
                                  std::vector<own_permission> asked = {}) {
  return {access_kind::permission, std::move(keys), std::move(asked), people};
}
/// Own data, by somebody who holds the permission anywhere.
inline access_rule permission_on_self(own_permission key) {
  return {access_kind::permission_on_self, {key}};
}
/// For what somebody at an unlocked terminal must not do: it takes a recent sign-in, as configured.
inline access_rule freshly_signed_in(access_rule rule) {
  rule.fresh = true;
  return rule;
}

}  // namespace access
}  // namespace musterd
