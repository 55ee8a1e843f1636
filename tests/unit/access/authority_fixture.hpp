#pragma once

#include "domain/access/authority.hpp"
#include "domain/company/commands.hpp"
#include "domain/person/roles/authorization.hpp"
#include "tests/unit/person/person_fixture.hpp"

/// Bob, who holds what the test says, gives Ann power or takes it.
namespace musterd::testing {

inline const location_uuid brooklyn{numbered(20)}, queens{numbered(21)};
inline const user_uuid bob_user{numbered(30)};
inline const role_uuid callers_role{numbered(40)}, other_role{numbered(41)}, role_at_stake{numbered(42)};

/// Bob with the given grants, as decisions see their caller.
class bound_caller final : public acting_caller {
 public:
  bool active() const override { return user && user->active; }
  bool is_bound() const override { return true; }
  std::shared_ptr<const authorized_user> shown() const override { return user; }

  std::shared_ptr<authorized_user> user =
      std::make_shared<authorized_user>(authorized_user{bob_user, {numbered(31)}, true, {}});
};

struct authority_rules {
  explicit authority_rules(std::vector<std::string> callers_keys = {},
                           std::vector<std::string> at_stake = {}) {
    auto add = [&](role_uuid id, std::vector<std::string> keys) {
      roles.add(
          {id, to_string(id), {}, {scope_type::global, scope_type::location}, std::move(keys), {}, {}, 1});
    };
    add(callers_role, callers_keys);
    add(other_role, std::move(callers_keys));
    add(role_at_stake, std::move(at_stake));
    for (auto shop : {brooklyn, queens})
      locations.add({numbered(3)},
                    {shop, to_string(shop), "Shop", "America/New_York", location_status::active, {}, {}, 1});
  }

  void hold(std::optional<location_uuid> place = {}, timestamp from = morning - 24h,
            timestamp to = timestamp::max(), role_uuid role = callers_role) {
    caller.user->grants.push_back({{ids.next()}, role, place.value_or(location_uuid{}), from, to});
  }
  std::string check(const concerned_power& power, power_use use = power_use::give) {
    auto result = check_authority(by_bob(), known, use, {power});
    return result ? "ok" : result.error().code;
  }
  static request_context by_bob() {
    auto ctx = at(morning);
    ctx.actor = bob_user.value;
    return ctx;
  }

  counted_ids ids;
  location_directory locations;
  role_catalog roles;
  bound_caller caller;
  facts known{locations, roles, ids, caller};
};

inline constexpr auto refused = "EXCEEDS_OWN_AUTHORITY";
inline const std::string key = "people:employee:update", other_key = "people:user:terminate";

inline role_assignment held_by_ann(timestamp start = morning - 24h, std::optional<timestamp> end = {}) {
  return {{numbered(60)},
          ann_user,
          role_at_stake,
          scope_type::global,
          {},
          start,
          end,
          morning,
          morning,
          {},
          {},
          1};
}

/// Gives Ann the role at stake from now on.
inline assign_role giving_ann(std::optional<timestamp> end = {}) {
  assign_role result;
  result.user_id = ann_user;
  result.role_id = role_at_stake;
  result.effective_start_date = morning;
  result.effective_end_date = end;
  return result;
}

/// Lets what Ann holds last until then.
inline change_assignment lasting_until(timestamp end) {
  change_assignment result;
  result.assignment_id = {numbered(60)};
  result.effective_end_date = end;
  return result;
}

inline person_state ann_with_role(access_status status = access_status::active) {
  auto state = ann();
  state.user->status = state.person->status = status;
  state.assignments = {held_by_ann()};
  return state;
}

template <class Result>
std::string code_of(const Result& result) {
  return result ? "ok" : result.error().code;
}

template <class Command>
std::string of_person(authority_rules& rules, const person_state& state, Command c) {
  return code_of(decided(state, c, rules.by_bob(), rules.known));
}

template <class Command>
std::string of_company(authority_rules& rules, std::vector<std::string> role_keys, Command c) {
  company_state state;
  state.roles = {
      {role_at_stake, "At stake", {}, {scope_type::global}, std::move(role_keys), morning, morning, 1}};
  for (auto k : permission_keys)
    state.permissions.emplace(std::string{k},
                              registered_permission{std::string{k}, "", "musterd", "1", morning, morning, 1});
  return code_of(decided(state, c, rules.by_bob(), rules.known));
}

}  // namespace musterd::testing
