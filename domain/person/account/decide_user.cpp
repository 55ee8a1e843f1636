#include "common/text/text.hpp"
#include "domain/access/asked_permissions.hpp"
#include "domain/access/authority.hpp"
#include "domain/kernel/record_changed.hpp"
#include "domain/person/account/credential.hpp"
#include "domain/person/account/new_password.hpp"
#include "domain/person/commands.hpp"
#include "domain/person/endings.hpp"
#include "domain/person/roles/check_scope.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace musterd {
namespace {

/// Each once. They hold everywhere; for a single shop there is /api/people/role-assignments.
outcome<std::vector<role_uuid>> wanted_roles(const provision_user& c, const role_catalog& roles) {
  auto wanted = c.role_ids;
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  for (auto id : wanted) {
    const auto* role = roles.find(id);
    if (role == nullptr)
      return role_not_found;
    if (auto ok = check_scope(role->role, scope_type::global); !ok)
      return ok.error();
  }
  return wanted;
}

std::vector<role_assignment> first_assignments(const std::vector<role_uuid>& wanted, user_uuid user,
                                               const request_context& ctx, id_source& ids) {
  std::vector<role_assignment> result;
  for (auto id : wanted)
    result.push_back(
        {{ids.next()}, user, id, scope_type::global, {}, ctx.now, {}, ctx.now, ctx.now, ctx.actor, {}, 1});
  return result;
}

/// What is asked for and the user does not have, by field.
std::vector<std::string> differences(const person_state& state, const provision_user& c,
                                     const std::vector<role_uuid>& wanted, timestamp now) {
  auto held_everywhere = [&](role_uuid id) {
    return std::any_of(state.assignments.begin(), state.assignments.end(), [&](const auto& a) {
      return a.role_id == id && a.scope_type == scope_type::global && a.holds_at(now);
    });
  };
  std::vector<std::string> result;
  if (c.email && !(state.user->email && equals_ignoring_case(*c.email, *state.user->email)))
    result.emplace_back("email");
  if (c.other_password)
    result.emplace_back("password");
  if (!std::all_of(wanted.begin(), wanted.end(), held_everywhere))
    result.emplace_back("roleIds");
  if (c.subject && c.subject != state.user->subject)
    result.emplace_back("subject");
  return result;
}

provisioning_view provisioning_view_of(const user_account& user, bool made, link_status link,
                                       const request_context& ctx) {
  return {user.user_id,
          user.person_id,
          user.username,
          user.status,
          link,
          !made,
          made,
          ctx.correlation_id,
          made ? ctx.now : user.created_at};
}

/// S91-F3 resolves what is there; what was asked beyond it is named, never dropped.
person_decision<provisioning_view> resolve(const person_state& state, const provision_user& c,
                                           const std::vector<role_uuid>& wanted, const request_context& ctx) {
  if (c.password_hash)  // meant for a new user, who came into being since: nobody compared it
    return unavailable("Another request has just made the user; try again.");
  auto differing = differences(state, c, wanted, ctx.now);
  if (differing.empty())
    return decision{person_events{}, provisioning_view_of(*state.user, false, c.known_link, ctx)};
  auto result = user_differs.saying(
      fmt::format("The user is there already, and differs in {}.", fmt::join(differing, ", ")));
  result.details = raw_json{R"({"userId":)" + to_json(state.user->user_id) + R"(,"differingFields":)" +
                            to_json(differing) + '}'};
  return result;
}

}  // namespace

person_decision<person> decide(const person_state& state, const create_person& c, const request_context& ctx,
                               const facts&) {
  if (state.person)
    return person_entered_before;
  person made{{state.id}, c.first_name, c.last_name, c.primary_email, access_status::active,
              ctx.now,    {},           ctx.now,     ctx.now,         1};
  return decision{events_of<person_event>(person_created{made}), std::move(made)};
}

person_decision<provisioning_view> decide(const person_state& state, const provision_user& c,
                                          const request_context& ctx, const facts& known) {
  if (!state.person)
    return person_not_found;
  if (c.email &&
      (!state.person->primary_email || !equals_ignoring_case(*c.email, *state.person->primary_email)))
    return email_mismatch;
  if (!c.role_ids.empty() && !known.caller.holds(assigning_roles, {}, known.roles))
    return access_denied();
  auto wanted = wanted_roles(c, known.roles);
  if (!wanted)
    return wanted.error();
  if (state.user && equals_ignoring_case(state.user->username, c.username))
    return resolve(state, c, *wanted, ctx);
  if (state.user)
    return person_already_linked;
  if (state.person->status != access_status::active)
    return person_not_active;
  user_uuid user_id{known.ids.next()};
  auto assignments = first_assignments(*wanted, user_id, ctx, known.ids);
  if (auto ok = check_authority(ctx, known, power_use::give, power_given(assignments, known.roles, ctx.now));
      !ok)
    return ok.error();
  user_account user{user_id, state.id, c.username, c.email, c.subject, access_status::active,
                    ctx.now, {},       ctx.now,    ctx.now, 1};
  auto view = provisioning_view_of(user, true, link_status::pending, ctx);
  auto events =
      events_of<person_event>(user_provisioned{std::move(user), std::move(assignments), {known.ids.next()}});
  if (c.password_hash)
    events.emplace_back(
        password_changed{{user_id, *c.password_hash, ctx.now, 1, known.sign_in.change_given_passwords}});
  return decision{std::move(events), std::move(view)};
}

person_decision<nothing> decide(const person_state& state, const set_password& c, const request_context& ctx,
                                const facts& known) {
  if (!state.user || state.user->user_id != c.user_id)
    return user_not_found;
  if (state.user->status == access_status::terminated)
    return user_terminated;
  // Whoever knows a password is that user.
  bool is_own = ctx.actor == c.user_id.value;
  if (!is_own)
    if (auto ok =
            check_authority(ctx, known, power_use::give, power_held(state.assignments, known.roles, ctx.now));
        !ok)
      return ok.error();
  if (is_own && !c.old_was_shown)
    return old_password_required;
  auto compared = check_compared(state, c.compared_version, password_changed_meanwhile);
  if (!compared && (is_own || compared.error().code == record_changed))
    return compared.error();
  if (compared && c.is_present_one)
    return validation_failed(password_repeated());
  auto events = events_of<person_event>(
      password_changed{{c.user_id, c.password_hash, ctx.now, state.credential_version + 1,
                        !is_own && known.sign_in.change_given_passwords}});
  for (const auto& s : state.sessions)
    if (s.live_at(ctx.now))
      events.emplace_back(revoked(s, ctx.now, revoke_reason::password_changed));
  return decision{std::move(events), nothing{}};
}

}  // namespace musterd
