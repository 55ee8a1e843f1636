#pragma once

#include "common/fault.hpp"
#include "domain/access/faults.hpp"
#include "domain/access/user_management.hpp"
#include "domain/kernel/context.hpp"
#include "domain/kernel/facts.hpp"
#include "domain/person/records.hpp"

#include <vector>

/// Who may give power, and take it (D-50 to D-53; docs/decisions/0029), but those who hold `any_authority`
/// everywhere, and in what they give for as long as they hold it. Beside the route's own key the caller needs
/// every permission concerned, at least as widely and as long. All decisions that move power ask
/// `check_authority`.
namespace musterd {

/// A start that was "now" when the request was sent takes nobody's past.
inline constexpr std::chrono::minutes on_the_way{1};

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
  /// Assigning, acting in somebody's name, letting somebody in.
  give,
  /// Ending, keeping somebody out. What only lets somebody look is nobody's power over others then, nor is
  /// what other services registered: whoever leaves has to be kept out.
  take,
  /// Making a role and changing it, which concerns all who hold it: every key counts.
  define
};

/// Fault: EXCEEDS_OWN_AUTHORITY; what is missing is said to auditors alone. Permissions that only concern
/// one's own data (`is_own_data`) are no power over anybody, but in a role's definition.
outcome<void> check_authority(const request_context& ctx, const facts& known, power_use use,
                              const std::vector<concerned_power>& concerned);
/// Nobody assigns anything to themselves, but for the owners.
outcome<void> check_not_oneself(const request_context& ctx, const facts& known, user_uuid receiver);

/// What an assignment gives between these instants, also if they are past: decisions are asked about the
/// past.
std::vector<concerned_power> power_of(const role_assignment& a, timestamp from,
                                      std::optional<timestamp> until, const role_catalog& roles);
/// What new assignments give; empty windows as well, which can be nobody's way to try. A start that was "now"
/// when the request was sent is now.
std::vector<concerned_power> power_given(const std::vector<role_assignment>& made, const role_catalog& roles,
                                         timestamp now);
/// What all of them give from now on.
std::vector<concerned_power> power_held(const std::vector<role_assignment>& held, const role_catalog& roles,
                                        timestamp now);
/// A role's keys everywhere and for ever: whoever changes them does not know where it will be assigned.
std::vector<concerned_power> power_of_keys(std::vector<std::string> keys, timestamp now);

/// Asked for by routes on one's own records only.
bool is_own_data(std::string_view permission_key);

}  // namespace musterd
