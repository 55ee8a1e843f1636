#include "domain/audit/audit_personal.hpp"
#include "domain/audit/audit_trace.hpp"
#include "domain/audit/change_audit.hpp"
#include "domain/person/lifecycle/lifecycle_effects.hpp"

namespace musterd {
namespace {

/// A session as auditors see it, without its hash.
struct session_audit {
  token_family_uuid family_id;
  std::int64_t generation;
  timestamp expires_at;
  std::optional<musterd::revoke_reason> revoke_reason;
};
BOOST_DESCRIBE_STRUCT(session_audit, (), (family_id, generation, expires_at, revoke_reason))

struct factor_audit {
  uuid factor_id;
  std::int64_t recovery_codes_left;
};
BOOST_DESCRIBE_STRUCT(factor_audit, (), (factor_id, recovery_codes_left))

struct password_audit {
  bool must_change;
};
BOOST_DESCRIBE_STRUCT(password_audit, (), (must_change))

/// Payload of UserProvisioned (S91-F7).
struct user_provisioned_payload {
  user_uuid user_id;
  person_uuid person_id;
  tenant_uuid tenant_id;
  std::string correlation_id;
  timestamp occurred_at;
  std::int64_t event_version;
};
BOOST_DESCRIBE_STRUCT(user_provisioned_payload, (),
                      (user_id, person_id, tenant_id, correlation_id, occurred_at, event_version))

/// S91-F9.
struct user_provisioned_audit {
  uuid admin_id;
  user_uuid user_id;
  person_uuid person_id;
  std::string username;
  std::vector<role_uuid> roles;
};
BOOST_DESCRIBE_STRUCT(user_provisioned_audit, (), (admin_id, user_id, person_id, username, roles))

/// Payload of RoleAssignmentChanged: what S89-F13 asks of audit events, for everybody.
struct assignment_payload {
  std::string change_type;
  uuid actor_id;
  principal_kind actor_type;
  user_uuid subject_id;
  std::optional<role_assignment> before_state;
  role_assignment after_state;
  std::optional<std::string> reason_code;
};
BOOST_DESCRIBE_STRUCT(assignment_payload, (),
                      (change_type, actor_id, actor_type, subject_id, before_state, after_state, reason_code))

constexpr event_route user_provisioned_route{"UserProvisioned", "security.events",
                                             "security.user.provisioned.v1"};
constexpr event_route assignment_changed_route{"RoleAssignmentChanged", "people.events",
                                               "people.RoleAssignmentChanged.v1"};

std::string_view audit_type(assignment_change change) {
  switch (change) {
    case assignment_change::created: return "RoleAssignmentCreated";
    case assignment_change::modified: return "RoleAssignmentModified";
    case assignment_change::ended: break;
  }
  return "RoleAssignmentEnded";
}

std::string_view audit_type(factor_change change) {
  switch (change) {
    case factor_change::enrolled: return "SECOND_FACTOR_ENROLLED";
    case factor_change::confirmed: return "SECOND_FACTOR_CONFIRMED";
    case factor_change::recovery_code_used: return "RECOVERY_CODE_USED";
    case factor_change::code_used:
    case factor_change::removed: break;
  }
  return "SECOND_FACTOR_REMOVED";
}

struct person_effect_writer {
  effects& out;
  const request_context& ctx;
  id_source& ids;

  void operator()(const session_opened& e) const {
    out.write(ctx.tenant, e.session);
    auto user_agent = ctx.user_agent.empty() ? std::nullopt : std::optional{ctx.user_agent};
    if (e.client_network)
      out.write(ctx.tenant, session_origin{e.session.family_id, e.session.user_id, *e.client_network,
                                           std::move(user_agent)});
    audit(e.session, "LOGIN_SUCCEEDED", audit_outcome::success);
  }
  /// Happens every quarter of an hour per user: only the row records it, or the trail would drown.
  void operator()(const session_rotated& e) const { out.write(ctx.tenant, e.session); }
  void operator()(const session_revoked& e) const {
    out.write(ctx.tenant, e.session);
    if (e.session.revoke_reason == revoke_reason::token_reused)
      audit(e.session, "REFRESH_TOKEN_REUSED", audit_outcome::denied);
    else
      audit(e.session, "SESSION_REVOKED", audit_outcome::success);
  }

  void operator()(const person_created& e) const {
    out.write(ctx.tenant, e.person);
    auto whose = e.person.person_id.value;
    write_with_personal(out, ctx.tenant,
                        change_entry<person>(ctx, ids.next(),
                                             {audit_category::people, "PERSON_CREATED", "Person", whose}, {},
                                             e.person),
                        whose, {"firstName", "lastName", "primaryEmail"}, ids);
  }
  void operator()(const user_provisioned& e) const {
    const auto& u = e.user;
    out.write(ctx.tenant, u);
    user_provisioned_audit details{ctx.actor, u.user_id, u.person_id, u.username, {}};
    for (const auto& a : e.assignments)
      details.roles.push_back(a.role_id);
    auto entry = about_user("USER_PROVISIONED", u.user_id);
    entry.details.text = traced(ctx, to_json(details));
    write_with_personal(out, ctx.tenant, std::move(entry), u.user_id.value, {"username"}, ids);
    out.write(ctx.tenant, make_event(ctx, user_provisioned_route, e.event_id, u.user_id.value,
                                     to_json(user_provisioned_payload{u.user_id, u.person_id, ctx.tenant,
                                                                      ctx.correlation_id, ctx.now, 1})));
    for (const auto& a : e.assignments)
      (*this)(assignment_changed{assignment_change::created, {}, a});
  }
  void operator()(const password_changed& e) const {
    out.write(ctx.tenant, e.credential);
    auto entry = about_user("PASSWORD_CHANGED", e.credential.user_id);
    entry.details.text = traced(ctx, to_json(password_audit{e.credential.must_change}));
    out.write(ctx.tenant, entry);
  }
  /// A used code is part of a sign-in, which has an entry of its own.
  void operator()(const factor_changed& e) const {
    out.write(ctx.tenant, e.factor);
    if (e.change == factor_change::code_used)
      return;
    auto entry = about_user(audit_type(e.change), e.factor.user_id);
    entry.details.text =
        traced(ctx, to_json(factor_audit{e.factor.factor_id,
                                         static_cast<std::int64_t>(e.factor.recovery_hashes.size())}));
    out.write(ctx.tenant, entry);
  }
  void operator()(const admin_departure& e) const { out.write(ctx.tenant, e); }
  void operator()(const assignment_changed& e) const {
    const auto& a = e.after;
    out.write(ctx.tenant, a);
    auto type = audit_type(e.change);
    write_with_reason(
        out, ctx.tenant,
        change_entry(ctx, ids.next(),
                     {audit_category::security, type, "User", a.user_id.value, a.location_id, a.reason_code},
                     e.before, a),
        a.user_id.value, ids);
    assignment_payload payload{std::string{type}, ctx.actor, ctx.kind, a.user_id, e.before, a, a.reason_code};
    out.write(ctx.tenant,
              make_event(ctx, assignment_changed_route, {ids.next()}, a.user_id.value, to_json(payload)));
  }
  void operator()(const placement_changed& e) const { add_effects(out, e, ctx, ids); }

  void operator()(const access_changed& e) const { musterd::add_effects(out, e, ctx, ids); }
  void operator()(const person_erased& e) const { add_effects(out, e, ctx, ids); }

  audit_entry about_user(std::string_view type, user_uuid user) const {
    auto entry = audit_from(ctx, ids.next(), audit_category::security, std::string{type});
    entry.subject_type = "User";
    entry.subject_id = user.value;
    return entry;
  }

  void audit(const refresh_family& s, std::string_view type, audit_outcome outcome) const {
    auto entry = about_user(type, s.user_id);
    // A mere refresh token's session identifies the caller; a reused one may be a thief's, and identifies
    // nobody.
    if (entry.actor_id.is_nil() && s.revoke_reason != revoke_reason::token_reused)
      entry.actor_id = s.user_id.value;
    entry.outcome = outcome;
    if (s.revoke_reason)
      entry.reason_code = std::string{enum_name(*s.revoke_reason)};
    entry.details.text =
        traced(ctx, to_json(session_audit{s.family_id, s.generation, s.expires_at, s.revoke_reason}));
    // The origin belongs to the sender of the request, even if they ended somebody else's session.
    auto whose = entry.actor_id.is_nil() ? s.user_id.value : entry.actor_id;
    write_with_origin(out, ctx.tenant, std::move(entry), whose, ids);
  }
};

}  // namespace

void add_effects(effects& out, const person_event& event, const request_context& ctx, id_source& ids) {
  std::visit(person_effect_writer{out, ctx, ids}, event);
}

}  // namespace musterd
