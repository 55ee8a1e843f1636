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

/// What a route answers to whoever holds its permission at some shops only: nothing about people, or only
/// about the people of these shops (docs/decisions/0034-scope.md).
enum class people_shown { none, of_covered_shops };
BOOST_DESCRIBE_ENUM(people_shown, none, of_covered_shops)

/// Who may call a route. There is no default: a route without a rule does not compile.
struct access_rule {
  access_kind kind;
  /// The permission's key for the three kinds that ask for one, and the scope that an internal route needs.
  std::string key;
  /// Each of these opens the route as `key` does.
  std::vector<std::string> alternatives = {};
  /// These open nothing, but the handler wants to know of them.
  std::vector<std::string> asked = {};
  /// Said by every rule that a permission at some shops fulfils.
  std::optional<people_shown> people = {};
  /// Who has to do that before anything else may do it here.
  std::optional<required_action> settles = {};
  /// Whether the sign-in must be no older than `auth.fresh_sign_in_seconds`.
  bool fresh = false;
};

/// What route files write: `using namespace access;`.
namespace access {

/// Anybody, signed in or not.
inline const access_rule open{access_kind::open, {}};
/// Any signed-in user, on their own data.
inline const access_rule self{access_kind::self, {}};
/// The same, also for a user who has to do that first.
inline access_rule self_settling(required_action action) {
  return {access_kind::self, {}, {}, {}, {}, action};
}
/// A service's token, if the service has that scope (domain/company/service.hpp).
inline access_rule internal(std::string_view scope) {
  return {access_kind::internal, std::string{scope}};
}

inline constexpr auto no_people = people_shown::none;
/// Handlers take `http_call::people()` to what they read, and refuse to change what is at other shops.
inline constexpr auto covered_people = people_shown::of_covered_shops;

/// The permission, everywhere or at some locations: the caller's scope says which. `caller::holding` says
/// which of `asked` the caller holds as well; they show nobody.
inline access_rule permission(std::string_view key, people_shown people,
                              std::vector<std::string> asked = {}) {
  return {access_kind::permission, std::string{key}, {}, std::move(asked), people};
}
/// The same from a GLOBAL assignment: what concerns the whole company.
inline access_rule permission_everywhere(std::string_view key, std::vector<std::string> asked = {}) {
  return {access_kind::permission_everywhere, std::string{key}, {}, std::move(asked)};
}
/// Any one of the permissions `key` and `alternatives`, each of which shows something else:
/// `caller::holding` says which and where, and which of `asked`.
inline access_rule any_permission(std::string_view key, people_shown people,
                                  std::vector<std::string> alternatives,
                                  std::vector<std::string> asked = {}) {
  return {access_kind::permission, std::string{key}, std::move(alternatives), std::move(asked), people};
}
/// Own data, by somebody who holds the permission anywhere.
inline access_rule permission_on_self(std::string_view key) {
  return {access_kind::permission_on_self, std::string{key}};
}
/// A rule for what somebody at an unlocked terminal must not do: it takes a sign-in of just now, where the
/// configuration says what that is.
inline access_rule freshly_signed_in(access_rule rule) {
  rule.fresh = true;
  return rule;
}

}  // namespace access
}  // namespace musterd
