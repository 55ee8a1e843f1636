#include "domain/person/decide.hpp"

#include "common/text/text.hpp"
#include "domain/access/asked_permissions.hpp"
#include "domain/access/authority.hpp"
#include "domain/kernel/record_changed.hpp"
#include "domain/person/account/credential.hpp"
#include "domain/person/account/new_password.hpp"

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
      return not_found("ROLE_NOT_FOUND", "Role not found.");
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

/// S91-F3 resolves what is there; what was asked beyond it is named, never dropped.
outcome<person_events> resolve(const person_state& state, const provision_user& c,
                               const std::vector<role_uuid>& wanted, timestamp now) {
  if (c.password_hash)  // meant for a new user, who came into being since: nobody compared it
    return unavailable("Another request has just made the user; try again.");
  auto differing = differences(state, c, wanted, now);
  if (differing.empty())
    return person_events{};
  auto result = conflict("USER_DIFFERS", fmt::format("The user is there already, and differs in {}.",
                                                     fmt::join(differing, ", ")));
  result.details = raw_json{R"({"userId":)" + to_json(state.user->user_id) + R"(,"differingFields":)" +
                            to_json(differing) + '}'};
  return result;
}

}  // namespace

fault user_not_found() {
  return not_found("USER_NOT_FOUND", "User not found");
}

outcome<person_events> decide(const person_state& state, const create_person& c, const request_context& ctx,
                              facts&) {
  if (state.person)
    return conflict("PERSON_EXISTS", "There is a person with this id.");
  return person_events{person_created{{{state.id},
                                       c.first_name,
                                       c.last_name,
                                       c.primary_email,
                                       access_status::active,
                                       ctx.now,
                                       {},
                                       ctx.now,
                                       ctx.now,
                                       1}}};
}

outcome<person_events> decide(const person_state& state, const provision_user& c, const request_context& ctx,
                              facts& known) {
  if (!state.person)
    return not_found("PERSON_NOT_FOUND", "Person not found.");
  if (c.email &&
      (!state.person->primary_email || !equals_ignoring_case(*c.email, *state.person->primary_email)))
    return conflict("EMAIL_MISMATCH", "The email is not the person's primary email.");
  if (!c.role_ids.empty() && !known.caller.holds(assigning_roles, {}, known.roles))
    return access_denied();
  auto wanted = wanted_roles(c, known.roles);
  if (!wanted)
    return wanted.error();
  if (state.user && equals_ignoring_case(state.user->username, c.username))
    return resolve(state, c, *wanted, ctx.now);
  if (state.user)
    return conflict("PERSON_ALREADY_LINKED", "The person already has another user.");
  if (state.person->status != access_status::active)
    return conflict("PERSON_NOT_ACTIVE", "The person is not active.");
  user_uuid user_id{known.ids.next()};
  auto assignments = first_assignments(*wanted, user_id, ctx, known.ids);
  if (auto ok = check_authority(ctx, known, power_use::give, power_given(assignments, known.roles, ctx.now));
      !ok)
    return ok.error();
  user_account user{user_id, state.id, c.username, c.email, c.subject, access_status::active,
                    ctx.now, {},       ctx.now,    ctx.now, 1};
  person_events events{user_provisioned{std::move(user), std::move(assignments), {known.ids.next()}}};
  if (c.password_hash)
    events.emplace_back(
        password_changed{{user_id, *c.password_hash, ctx.now, 1, known.sign_in.change_given_passwords}});
  return events;
}

outcome<person_events> decide(const person_state& state, const set_password& c, const request_context& ctx,
                              facts& known) {
  if (!state.user || state.user->user_id != c.user_id)
    return user_not_found();
  if (state.user->status == access_status::terminated)
    return conflict("USER_TERMINATED", "The user is terminated.");
  // Whoever knows a password is that user.
  bool is_own = ctx.actor == c.user_id.value;
  if (!is_own)
    if (auto ok =
            check_authority(ctx, known, power_use::give, power_held(state.assignments, known.roles, ctx.now));
        !ok)
      return ok.error();
  if (is_own && !c.old_was_shown)
    return conflict("OLD_PASSWORD_REQUIRED",
                    "Change your own password with the old one: POST /api/security/me/password.");
  auto compared = check_compared(state, c.compared_version, password_changed_meanwhile());
  if (!compared && (is_own || compared.error().code == record_changed))
    return compared.error();
  if (compared && c.is_present_one)
    return validation_failed(password_repeated());
  person_events events{password_changed{{c.user_id, c.password_hash, ctx.now, state.credential_version + 1,
                                         !is_own && known.sign_in.change_given_passwords}}};
  for (const auto& s : state.sessions)
    if (s.live_at(ctx.now))
      events.emplace_back(revoked(s, ctx.now, revoke_reason::password_changed));
  return events;
}

person answer(const person_state& after, const create_person&, const person_events&, timestamp) {
  return *after.person;
}

provisioning_view answer(const person_state& after, const provision_user& c, const person_events& events,
                         const request_context& ctx) {
  const auto& user = *after.user;
  bool made = !events.empty();
  return {user.user_id,
          user.person_id,
          user.username,
          user.status,
          made ? link_status::pending : c.known_link,
          !made,
          made,
          ctx.correlation_id,
          made ? ctx.now : user.created_at};
}

nothing answer(const person_state&, const set_password&, const person_events&, timestamp) {
  return {};
}

}  // namespace musterd
