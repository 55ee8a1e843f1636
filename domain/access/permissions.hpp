#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The permissions of this server (D-62), written once. A key never changes its meaning; a new one may go
/// anywhere in the list, since indexes live no longer than the process. Removing one needs a migration:
/// companies keep what was entered for them (`security.own_permission`).
namespace musterd {

using permission_index = std::uint16_t;
/// No permission at all: no role grants it.
inline constexpr permission_index no_permission = 0xffff;

inline constexpr auto permission_keys = [] {
  auto keys = std::to_array<std::string_view>({
      "security:role:view",
      "security:role:create",
      "security:role:update",
      "security:role_permission:grant",
      "security:role_permission:revoke",
      "security:role_permission:replace",
      "security:permission:view",
      "security:permission:register",
      "security:user:view",
      "security:user:provision",
      "security:user:set_password",
      "security:session:view",
      "security:session:end",
      "security:second_factor:remove",
      "security:audit_entry:view",
      "security:audit_entry:export",
      "security:audit_payload:view",
      "security:financial_audit:view",
      "security:financial_audit:export",
      "security:authority:any",
      "security:authorization:decide",
      "security:audit_entry:record",
      "security:service:view",
      "security:service:manage",
      "people:person:view",
      "people:person_data:export",
      "people:person_data:erase",
      "people:employee:view",
      "people:employee:create",
      "people:employee:update",
      "people:user:disable",
      "people:user:enable",
      "people:user:terminate",
      "people:user:keep_assignments",
      "people:role_assignment:view",
      "people:role_assignment:create",
      "people:role_assignment:update",
      "people:location:view",
      "people:location:create",
      "people:location:update",
      "people:location_assignment:view",
      "people:location_assignment:create",
      "people:location_assignment:update",
      "people:offboarding_case:view",
      "people:offboarding_case:operate",
      "timekeeping:timecard:record",
      "timekeeping:timecard:view",
      "timekeeping:time_entry:view",
      "timekeeping:time_entry:edit",
      "timekeeping:time_entry:submit",
      "timekeeping:time_entry:approve",
      "timekeeping:time_adjustment:view",
      "timekeeping:time_adjustment:create",
      "timekeeping:time_adjustment:approve",
      "timekeeping:time_period:view",
      "timekeeping:time_period:manage",
      "timekeeping:policy:view",
      "timekeeping:policy:manage",
      "timekeeping:discrepancy_report:view",
      "timekeeping:timekeeping_entry:view",
      "timekeeping:timekeeping_entry:approve",
      "workexec:technician:view",
      "workexec:mechanic:view",
      "workexec:mechanic:reconcile",
      "workexec:job_timer:record",
      "workexec:job_time:view",
      "ops:supervision:view",
      "ops:dead_letter:view",
      "ops:dead_letter:operate",
      "ops:cluster:view",
  });
  std::sort(keys.begin(), keys.end());
  return keys;
}();

constexpr std::optional<permission_index> find_permission(std::string_view key) {
  auto found = std::lower_bound(permission_keys.begin(), permission_keys.end(), key);
  if (found == permission_keys.end() || *found != key)
    return std::nullopt;
  return static_cast<permission_index>(found - permission_keys.begin());
}

/// The index of a key known at compile time; a misspelt one does not compile.
consteval permission_index permission_of(std::string_view key) {
  return find_permission(key).value();
}

/// A permission of this server, as rules name it. Written as its key, in JSON too; compared by its index.
class own_permission {
 public:
  own_permission() = default;
  consteval own_permission(std::string_view key)  // NOLINT(google-explicit-constructor)
      : index_{permission_of(key)} {}
  consteval own_permission(const char* key)  // NOLINT(google-explicit-constructor)
      : index_{permission_of(key)} {}
  static std::optional<own_permission> parse(std::string_view key);

  constexpr permission_index index() const { return index_; }
  constexpr std::string_view key() const {
    return index_ == no_permission ? std::string_view{} : permission_keys[index_];
  }
  friend bool operator==(own_permission, own_permission) = default;

 private:
  permission_index index_ = no_permission;
};
void append_to(std::string& out, own_permission p);

/// Limit of `is_permission_key`, in bytes: keys stay in memory and in indexes as long as their company does.
inline constexpr std::size_t longest_permission_key = 200;

/// domain:resource:action, each in snake_case (G-PERM-1).
bool is_permission_key(std::string_view key);

/// Whether this server has keys in that domain.
bool is_own_domain(std::string_view domain);

/// Whether `pattern` ("people:*", "*:view", "timekeeping:*:view", "*") covers `key`. Each `*` stands for one
/// part; at either end of a pattern that is too short, for all that are missing.
bool covers_permission(std::string_view pattern, std::string_view key);

/// This server's keys that a pattern covers and no exception excludes, sorted. A pattern without `*` stands
/// for itself, so that other services' keys can be granted.
std::vector<std::string> expand_permissions(std::span<const std::string> patterns,
                                            std::span<const std::string> exceptions);

}  // namespace musterd
