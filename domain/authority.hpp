#pragma once

#include "common/fault.hpp"
#include "domain/context.hpp"
#include "domain/facts.hpp"
#include "domain/person/records.hpp"

#include <vector>

/// Who may give power, and take it (DECISIONS, "Who may grant, assign, provision with roles, set a password,
/// disable, enable, terminate"; docs/decisions/0029). Beside the route's own key the caller needs every
/// permission concerned, at least as widely and as long. All decisions that move power ask `check_authority`.
namespace musterd {

/// Permissions that somebody gets, has or loses, and where and for how long.
struct concerned_power {
  std::vector<std::string> permission_keys;
  /// Nothing: everywhere.
  std::optional<location_uuid> place;
  timestamp from{};
  /// Nothing: for ever.
  std::optional<timestamp> until;
};

enum class power_use {
  /// Granting, assigning, acting in somebody's name, letting somebody in.
  give,
  /// Ending, revoking, keeping somebody out. What only lets somebody look is nobody's power over others.
  take
};

/// Who holds this everywhere is bound by nothing of this: the owners.
inline constexpr std::string_view any_authority = "security:authority:any";

/// 403; the message says what was tried.
fault exceeds_own_authority(std::string message);

/// Fault: EXCEEDS_OWN_AUTHORITY; what is missing is said to auditors alone. Permissions that only concern
/// one's own data (`is_own_data`) are no power over anybody.
outcome<void> check_authority(const request_context& ctx, const facts& known, power_use use,
                              const std::vector<concerned_power>& concerned);
/// Nobody assigns anything to themselves, but for the owners.
outcome<void> check_not_oneself(const request_context& ctx, const facts& known, user_uuid receiver);

/// What an assignment gives from now on, if it still gives anything. `end` counts instead of its own.
std::vector<concerned_power> power_of(const role_assignment& a, std::optional<timestamp> end,
                                      const role_catalog& roles, timestamp now);
/// What all of them give from now on.
std::vector<concerned_power> power_of(const std::vector<role_assignment>& held, const role_catalog& roles,
                                      timestamp now);
/// A role's keys everywhere and for ever: whoever changes them does not know where it will be assigned.
std::vector<concerned_power> power_of_keys(std::vector<std::string> keys, timestamp now);

/// Asked for by routes on one's own records only.
bool is_own_data(std::string_view permission_key);

}  // namespace musterd
