#pragma once

#include "common/described.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace musterd {

enum class access_kind { open, self, permission, permission_everywhere, permission_on_self, internal };
BOOST_DESCRIBE_ENUM(access_kind, open, self, permission, permission_everywhere, permission_on_self, internal)

/// Who may call a route. There is no default: a route without a rule does not compile.
struct access_rule {
  access_kind kind;
  /// The permission's key for the three kinds that ask for one.
  std::string key;
  /// Each of these opens the route as `key` does.
  std::vector<std::string> alternatives = {};
  /// These open nothing, but the handler wants to know of them.
  std::vector<std::string> asked = {};
};

/// What route files write: `using namespace access;`.
namespace access {

/// Anybody, signed in or not.
inline const access_rule open{access_kind::open, {}};
/// Any signed-in user, on their own data.
inline const access_rule self{access_kind::self, {}};
/// A token of the internal audience.
inline const access_rule internal{access_kind::internal, {}};

/// The permission, everywhere or at some locations: the caller's scope says which.
inline access_rule permission(std::string_view key) {
  return {access_kind::permission, std::string{key}};
}
/// The permission from a GLOBAL assignment: what concerns the whole company. `caller::holding` says which of
/// `asked` the caller holds as well.
inline access_rule permission_everywhere(std::string_view key, std::vector<std::string> asked = {}) {
  return {access_kind::permission_everywhere, std::string{key}, {}, std::move(asked)};
}
/// Any one of the permissions `key` and `alternatives`; `caller::holding` says which of them, and which of
/// `asked`.
inline access_rule any_permission(std::string_view key, std::vector<std::string> alternatives,
                                  std::vector<std::string> asked = {}) {
  return {access_kind::permission, std::string{key}, std::move(alternatives), std::move(asked)};
}
/// Own data, by somebody who holds the permission anywhere.
inline access_rule permission_on_self(std::string_view key) {
  return {access_kind::permission_on_self, std::string{key}};
}

}  // namespace access
}  // namespace musterd
