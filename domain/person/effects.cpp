#include "domain/person/events.hpp"

namespace musterd {
namespace {

/// What an auditor sees of a session: never its hash.
struct session_audit {
  token_family_uuid family_id;
  std::int64_t generation;
  timestamp expires_at;
  std::optional<musterd::revoke_reason> revoke_reason;
};
BOOST_DESCRIBE_STRUCT(session_audit, (), (family_id, generation, expires_at, revoke_reason))

struct effect_writer {
  effects& out;
  const request_context& ctx;
  id_source& ids;

  void operator()(const session_opened& e) const {
    out.write(ctx.tenant, e.session);
    audit(e.session, "LOGIN_SUCCEEDED", audit_outcome::success);
  }
  /// Once per quarter of an hour and user: the row says when, the trail would drown in it.
  void operator()(const session_rotated& e) const { out.write(ctx.tenant, e.session); }
  void operator()(const session_revoked& e) const {
    out.write(ctx.tenant, e.session);
    if (e.session.revoke_reason == revoke_reason::token_reused)
      audit(e.session, "REFRESH_TOKEN_REUSED", audit_outcome::denied);
    else
      audit(e.session, "SESSION_REVOKED", audit_outcome::success);
  }

  void audit(const refresh_family& s, std::string_view type, audit_outcome outcome) const {
    auto entry = audit_from(ctx, ids.next(), audit_category::security, std::string{type});
    if (entry.actor_id.is_nil())
      entry.actor_id = s.user_id.value;  // who comes with a refresh token only is known by its session
    entry.subject_type = "User";
    entry.subject_id = s.user_id.value;
    entry.outcome = outcome;
    if (s.revoke_reason)
      entry.reason_code = std::string{enum_name(*s.revoke_reason)};
    entry.details.text = to_json(session_audit{s.family_id, s.generation, s.expires_at, s.revoke_reason});
    out.write(ctx.tenant, entry);
  }
};

}  // namespace

void add_effects(effects& out, const person_event& event, const request_context& ctx, id_source& ids) {
  std::visit(effect_writer{out, ctx, ids}, event);
}

}  // namespace musterd
