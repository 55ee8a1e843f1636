#include "domain/access/authority.hpp"

#include "domain/access/held_grant.hpp"
#include "domain/kernel/record_changed.hpp"
#include "domain/person/faults.hpp"
#include "domain/person/roles/authorization.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace musterd {
namespace {

/// Whether the user holds the permission there without a gap, from the first instant to the last.
bool holds_throughout(const authorized_user& user, const role_catalog& roles, permission_index permission,
                      const concerned_power& power) {
  auto until = power.until.value_or(timestamp::max());
  return until <= power.from ||
         std::ranges::any_of(when_held(user.held(), permission, power.place, roles), [&](const auto& span) {
           return span.from <= power.from && until <= span.until;
         });
}

bool counts(std::string_view key, power_use use) {
  switch (use) {
    case power_use::give: return !is_own_data(key);
    case power_use::take: return !is_own_data(key) && !key.ends_with(":view") && find_permission(key);
    case power_use::define: break;
  }
  return true;
}

fault lacks(const std::set<std::string>& missing) {
  fault result = exceeds_own_authority;
  result.details = raw_json{R"({"missingPermissions":)" +
                            to_json(std::vector<std::string>{missing.begin(), missing.end()}) + '}'};
  return result;
}

/// Nothing: the system itself. Faults for callers who have no authority at all.
outcome<std::shared_ptr<const authorized_user>> bound_caller(const request_context& ctx, const facts& known) {
  if (!known.caller.is_bound())
    return std::shared_ptr<const authorized_user>{};
  if (ctx.kind != principal_kind::user)
    return access_denied();
  auto user = known.caller.shown();
  if (!user)  // since the access check
    return caller_is_asleep();
  if (!user->active)
    return account_disabled;
  return user;
}

constexpr auto any_permission = permission_of(any_authority);

bool may_give_everything(const authorized_user& user, const role_catalog& roles, timestamp now) {
  return allows(user.held(), any_permission, {}, now, roles);
}

/// What is given must not outlast the authority it is given with, or nobody's would ever end.
bool is_exempt(const authorized_user& user, const role_catalog& roles, power_use use,
               const concerned_power& power, timestamp now) {
  return may_give_everything(user, roles, now) &&
         (use == power_use::take ||
          holds_throughout(user, roles, any_permission, {{}, {}, now, power.until}));
}

}  // namespace

outcome<void> check_authority(const request_context& ctx, const facts& known, power_use use,
                              const std::vector<concerned_power>& concerned) {
  auto user = bound_caller(ctx, known);
  if (!user)
    return user.error();
  if (!*user)
    return boost::system::in_place_value;
  std::set<std::string> missing;
  for (const auto& power : concerned) {
    if (is_exempt(**user, known.roles, use, power, ctx.now))
      continue;
    for (const auto& key : power.permission_keys) {
      if (!counts(key, use) || missing.contains(key))
        continue;
      auto permission = known.roles.index_of(key);
      if (!permission || !holds_throughout(**user, known.roles, *permission, power))
        missing.insert(key);
    }
  }
  if (missing.empty())
    return boost::system::in_place_value;
  return lacks(missing);
}

outcome<void> check_not_oneself(const request_context& ctx, const facts& known, user_uuid receiver) {
  if (ctx.actor != receiver.value)
    return boost::system::in_place_value;
  auto user = bound_caller(ctx, known);
  if (!user)
    return user.error();
  if (!*user || may_give_everything(**user, known.roles, ctx.now))
    return boost::system::in_place_value;
  return exceeds_own_authority.saying("You cannot assign roles to yourself.");
}

std::vector<concerned_power> power_of(const role_assignment& a, timestamp from,
                                      std::optional<timestamp> until, const role_catalog& roles) {
  const auto* role = roles.find(a.role_id);
  if (role == nullptr || (until && *until <= from))
    return {};
  return {{role->role.permission_keys, a.location_id, from, until}};
}

std::vector<concerned_power> power_given(const std::vector<role_assignment>& made, const role_catalog& roles,
                                         timestamp now) {
  std::vector<concerned_power> result;
  for (const auto& a : made) {
    const auto& start = a.effective_start_date;
    // A window that is over by now is the past, however short.
    bool past = start < now - on_the_way || (a.effective_end_date && *a.effective_end_date <= now);
    auto until = a.effective_end_date;
    if (until)  // an empty one is asked for as its instant
      until = std::max(*until, start + timestamp::duration{1});
    for (auto& power : power_of(a, past ? start : std::max(now, start), until, roles))
      result.push_back(std::move(power));
  }
  return result;
}

std::vector<concerned_power> power_held(const std::vector<role_assignment>& held, const role_catalog& roles,
                                        timestamp now) {
  std::vector<concerned_power> result;
  for (const auto& a : held)
    for (auto& power : power_of(a, std::max(now, a.effective_start_date), a.effective_end_date, roles))
      result.push_back(std::move(power));
  return result;
}

std::vector<concerned_power> power_of_keys(std::vector<std::string> keys, timestamp now) {
  return {{std::move(keys), {}, now, {}}};
}

bool is_own_data(std::string_view permission_key) {
  static constexpr auto own = std::to_array<std::string_view>(
      {"timekeeping:timecard:record", "timekeeping:time_entry:submit", "workexec:job_timer:record"});
  return std::ranges::find(own, permission_key) != own.end();
}

}  // namespace musterd
