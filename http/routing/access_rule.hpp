#pragma once

#include "common/json/described.hpp"
#include "domain/person/account/sign_in_policy.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace musterd {

enum class access_kind { open, self, permission, permission_everywhere, permission_on_self, internal };
BOOST_DESCRIBE_ENUM(access_kind, open, self, permission, permission_everywhere, permission_on_self, internal)

constexpr bool needs_permission(access_kind kind) {
  return kind == access_kind::permission || kind == access_kind::permission_everywhere ||
         kind == access_kind::permission_on_self;
}

/// What a caller with the permission at some shops only is shown: nothing about people, or only those shops'
/// (docs/decisions/0034-scope.md).
enum class people_shown { none, of_covered_shops };
BOOST_DESCRIBE_ENUM(people_shown, none, of_covered_shops)

/// Who may call a route. No default: a route without a rule does not compile.
struct access_rule {
  access_kind kind;
  /// The permission's key for the three kinds that need one; for an internal route, the scope.
  std::string key;
  /// Each of these opens the route just as `key` does.
  std::vector<std::string> alternatives = {};
  /// These open nothing, but the handler needs to know whether they are held.
  std::vector<std::string> asked = {};
  /// Set by every rule that a permission at some shops satisfies.
  std::optional<people_shown> people = {};
  /// Users who must take this action before any other may still call the route.
  std::optional<required_action> settles = {};
  /// Whether the sign-in must be no older than `auth.fresh_sign_in_seconds`.
  bool fresh = false;
};

/// For route files: `using namespace access;`.
namespace access {

/// Anyone, signed in or not.
inline const access_rule open{access_kind::open, {}};
/// Any signed-in user, on their own data.
inline const access_rule self{access_kind::self, {}};
/// The same, also for a user who must take that action first.
inline access_rule self_settling(required_action action) {
  return {access_kind::self, {}, {}, {}, {}, action};
}
/// A service's token with that scope (domain/company/service.hpp).
inline access_rule internal(std::string_view scope) {
  return {access_kind::internal, std::string{scope}};
}

inline constexpr auto no_people = people_shown::none;
/// Handlers pass `http_call::people()` to their reads, and refuse changes at other shops.
inline constexpr auto covered_people = people_shown::of_covered_shops;

/// The permission, everywhere or at the locations in the caller's scope. `caller::holding` tells which of
/// `asked` are held, too; those show no people.
inline access_rule permission(std::string_view key, people_shown people,
                              std::vector<std::string> asked = {}) {
  return {access_kind::permission, std::string{key}, {}, std::move(asked), people};
}
/// The same, but only from a GLOBAL assignment: for what concerns the whole company.
inline access_rule permission_everywhere(std::string_view key, std::vector<std::string> asked = {}) {
  return {access_kind::permission_everywhere, std::string{key}, {}, std::move(asked)};
}
/// Any one of `key` and `alternatives`, each of which shows something else: `caller::holding` tells which are
/// held, and where, and which of `asked`.
inline access_rule any_permission(std::string_view key, people_shown people,
                                  std::vector<std::string> alternatives,
                                  std::vector<std::string> asked = {}) {
  return {access_kind::permission, std::string{key}, std::move(alternatives), std::move(asked), people};
}
/// The caller's own data, if they hold the permission anywhere.
inline access_rule permission_on_self(std::string_view key) {
  return {access_kind::permission_on_self, std::string{key}};
}
/// For actions closed to someone at an unlocked terminal: requires a recent sign-in, as defined by the
/// configuration.
inline access_rule freshly_signed_in(access_rule rule) {
  rule.fresh = true;
  return rule;
}

}  // namespace access
}  // namespace musterd
