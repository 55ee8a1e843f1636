#include "common/text/text.hpp"
#include "domain/access/asked_permissions.hpp"
#include "domain/access/authority.hpp"
#include "domain/company/commands.hpp"
#include "domain/company/key_sets.hpp"
#include "domain/kernel/version_check.hpp"

#include <fmt/format.h>

namespace musterd {
namespace {

/// As which this server registers its own keys.
constexpr auto own_service_name = "musterd";

/// The keys no service has registered, as one fault.
outcome<void> all_registered(const company_state& state, const std::vector<std::string>& keys) {
  std::vector<field_error> unknown;
  for (const auto& key : keys)
    if (state.find_permission(key) == nullptr)
      unknown.push_back({"permissionKeys", fmt::format("{} is not a registered permission.", key)});
  if (unknown.empty())
    return boost::system::in_place_value;
  fault result = permission_not_found;
  result.field_errors = std::move(unknown);
  return result;
}

template <class Record>
Record next_version(Record record, timestamp now) {
  record.updated_at = std::max(record.updated_at, now);
  ++record.version;
  return record;
}

bool gives(const role& r, std::string_view key) {
  return std::ranges::find(r.permission_keys, key) != r.permission_keys.end();
}

bool may_be_held_everywhere(const role& r) {
  return std::ranges::find(r.allowed_scopes, scope_type::global) != r.allowed_scopes.end();
}

/// A role that has lost GLOBAL is still held everywhere by whoever held it so.
bool takes(const role& before, const role& after, std::string_view key) {
  return gives(before, key) &&
         (!gives(after, key) || (may_be_held_everywhere(before) && !may_be_held_everywhere(after)));
}

bool takes_part(const role& before, const role& after, guarded_power power) {
  return std::ranges::any_of(power, [&](auto key) { return takes(before, after, key); });
}

/// A role's change, which concerns all who hold it and whoever reads what it is for: the caller needs all
/// that it was and will be. The database judges whether somebody is left who holds what a company must keep.
template <class Event>
company_decision<role> role_decision(Event event, const request_context& ctx, const facts& known) {
  std::vector<std::string> keys;
  std::ranges::set_union(event.before.permission_keys, event.after.permission_keys, std::back_inserter(keys));
  if (auto ok = check_authority(ctx, known, power_use::define, power_of_keys(std::move(keys), ctx.now)); !ok)
    return ok.error();
  company_events events;
  for (auto power : guarded_powers)
    if (takes_part(event.before, event.after, power))
      events.emplace_back(admin_departure{known.ids.next(),
                                          {},
                                          event.after.role_id,
                                          std::string{power.front()},
                                          {power.begin(), power.end()},
                                          {},
                                          ctx.now});
  auto after = event.after;
  events.emplace(events.begin(), std::move(event));
  return decision{std::move(events), std::move(after)};
}

company_decision<role> with_keys(const role& before, std::vector<std::string> keys, grant_change change,
                                 const request_context& ctx, const facts& known) {
  if (keys == before.permission_keys)
    return decision{company_events{}, before};
  auto after = next_version(before, ctx.now);
  after.permission_keys = std::move(keys);
  return role_decision(role_grants_changed{change, before, std::move(after)}, ctx, known);
}

/// Who registers is who is signed in, whatever the body says.
outcome<void> may_register(const company_state& state, const register_permissions& c,
                           const request_context& ctx) {
  const auto* service = ctx.kind == principal_kind::service ? state.find_service({ctx.actor}) : nullptr;
  if (service == nullptr)
    return access_denied();
  if (service->client.name != c.service_name)
    return not_your_service_name.saying(
        fmt::format("serviceName must be {}, as which you are signed in.", service->client.name));
  return boost::system::in_place_value;
}

/// They are in every node's memory, and for ever.
outcome<void> may_have_so_many(const company_state& state, const register_permissions& c) {
  constexpr std::int64_t most = 10'000;
  auto has = std::ranges::count_if(
      state.permissions, [&](const auto& known) { return known.second.service_name == c.service_name; });
  auto more = std::ranges::count_if(
      c.permissions, [&](const auto& offered) { return state.find_permission(offered.key) == nullptr; });
  if (more > 0 && has + more > most)
    return too_many_permissions.saying(fmt::format(
        "A service has at most {} permissions: {} has {}, and {} are new.", most, c.service_name, has, more));
  return boost::system::in_place_value;
}

}  // namespace

std::string normalized_role_name(std::string_view name) {
  std::string result;
  bool blank = false;
  for (char c : name) {
    if (c == ' ' || (c >= '\t' && c <= '\r')) {
      blank = !result.empty();
      continue;
    }
    if (std::exchange(blank, false))
      result += ' ';
    result += lower(c);
  }
  return result;
}

company_decision<role> decide(const company_state& state, const create_role& c, const request_context& ctx,
                              const facts& known) {
  auto keys = c.permission_keys.value_or(std::vector<std::string>{});
  if (!keys.empty() && !known.caller.holds(granting_permissions, {}, known.roles))
    return access_denied();
  auto name = normalized_role_name(c.role_name);
  for (const auto& r : state.roles)
    if (normalized_role_name(r.role_name) == name)
      return role_name_taken;
  if (auto ok = all_registered(state, keys); !ok)
    return ok.error();
  if (auto ok = check_authority(ctx, known, power_use::define, power_of_keys(keys, ctx.now)); !ok)
    return ok.error();
  role made{{known.ids.next()}, c.role_name, c.description, c.allowed_scopes,
            std::move(keys),    ctx.now,     ctx.now,       1};
  made.permission_keys = sorted_uniquely(std::move(made.permission_keys));
  made.allowed_scopes = sorted_uniquely(std::move(made.allowed_scopes));
  return decision{events_of<company_event>(role_created{made}), std::move(made)};
}

company_decision<role> decide(const company_state& state, const update_role& c, const request_context& ctx,
                              const facts& known) {
  const auto* before = state.find_role(c.role_id);
  if (before == nullptr)
    return role_not_found;
  if (auto ok = check_version(before->version, c.version, c.if_match); !ok)
    return ok.error();
  auto after = *before;
  if (c.description)
    after.description = c.description;
  if (c.allowed_scopes) {
    after.allowed_scopes = *c.allowed_scopes;
    after.allowed_scopes = sorted_uniquely(std::move(after.allowed_scopes));
  }
  if (after == *before)
    return decision{company_events{}, std::move(after)};
  return role_decision(role_updated{*before, next_version(std::move(after), ctx.now)}, ctx, known);
}

company_decision<role> decide(const company_state& state, const grant_permission& c,
                              const request_context& ctx, const facts& known) {
  const auto* before = state.find_role(c.role_id);
  if (before == nullptr)
    return role_not_found;
  if (auto ok = all_registered(state, {c.permission_key}); !ok)
    return ok.error();
  auto keys = before->permission_keys;
  keys.push_back(c.permission_key);
  keys = sorted_uniquely(std::move(keys));
  return with_keys(*before, std::move(keys), grant_change::granted, ctx, known);
}

company_decision<role> decide(const company_state& state, const revoke_permission& c,
                              const request_context& ctx, const facts& known) {
  const auto* before = state.find_role(c.role_id);
  if (before == nullptr)
    return role_not_found;
  auto keys = before->permission_keys;
  std::erase(keys, c.permission_key);
  return with_keys(*before, std::move(keys), grant_change::revoked, ctx, known);
}

company_decision<role> decide(const company_state& state, const replace_permissions& c,
                              const request_context& ctx, const facts& known) {
  const auto* before = state.find_role(c.role_id);
  if (before == nullptr)
    return role_not_found;
  if (auto ok = check_version(before->version, c.version, c.if_match); !ok)
    return ok.error();
  auto keys = c.permission_keys;
  keys = sorted_uniquely(std::move(keys));
  // What it already grants may stay, even if its service is gone.
  if (auto ok = all_registered(state, without(keys, before->permission_keys)); !ok)
    return ok.error();
  return with_keys(*before, std::move(keys), grant_change::replaced, ctx, known);
}

company_decision<registration> decide(const company_state& state, const register_permissions& c,
                                      const request_context& ctx, const facts&) {
  if (auto ok = may_register(state, c, ctx); !ok)
    return ok.error();
  if (auto ok = may_have_so_many(state, c); !ok)
    return ok.error();
  company_events events;
  registration result;
  auto refuse = [&result](const std::string& key, std::string_view owner) {
    result.errors.push_back({key, fmt::format("{} belongs to {}.", key, owner)});
  };
  bool is_ours = is_own_domain(c.domain);
  for (const auto& offered : c.permissions) {
    const auto* before = state.find_permission(offered.key);
    if (is_ours) {
      refuse(offered.key, own_service_name);
    } else if (before == nullptr) {
      ++result.registered;
      events.push_back(permission_registered{
          {}, {offered.key, offered.description, c.service_name, c.version, ctx.now, ctx.now, 1}});
    } else if (before->service_name != c.service_name) {
      refuse(offered.key, before->service_name);
    } else if (before->description == offered.description) {
      ++result.unchanged;
    } else {
      ++result.updated;
      auto after = next_version(*before, ctx.now);
      after.description = offered.description;
      after.service_version = c.version;
      events.push_back(permission_registered{*before, std::move(after)});
    }
  }
  return decision{std::move(events), std::move(result)};
}

company_decision<location> decide(const company_state& state, const create_location& c,
                                  const request_context& ctx, const facts& known) {
  for (const auto& l : state.locations)
    if (equals_ignoring_case(l.code, c.code))
      return location_code_taken;
  const new_location& from = c;
  location made{{known.ids.next()},      from.code, from.name, from.timezone,
                location_status::active, ctx.now,   ctx.now,   1};
  return decision{events_of<company_event>(location_created{made}), std::move(made)};
}

company_decision<location> decide(const company_state& state, const update_location& c,
                                  const request_context& ctx, const facts&) {
  const auto* before = state.find_location(c.location_id);
  if (before == nullptr)
    return location_not_found;
  if (auto ok = check_version(before->version, c.version, c.if_match); !ok)
    return ok.error();
  auto after = *before;
  const location_changes& changes = c;
  after.name = changes.name.value_or(after.name);
  after.timezone = changes.timezone.value_or(after.timezone);
  after.status = changes.status.value_or(after.status);
  if (after == *before)
    return decision{company_events{}, std::move(after)};
  after = next_version(std::move(after), ctx.now);
  return decision{events_of<company_event>(location_updated{*before, after}), std::move(after)};
}

}  // namespace musterd
