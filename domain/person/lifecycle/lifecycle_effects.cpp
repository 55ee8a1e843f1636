#include "domain/person/lifecycle/lifecycle_effects.hpp"

#include "domain/audit/audit_trace.hpp"
#include "domain/person/lifecycle/lifecycle.hpp"

#include <fmt/format.h>

namespace musterd {

/// Audit payload as in S90-F18.
struct access_audit_actor {
  std::string type;
  uuid id;
};
BOOST_DESCRIBE_STRUCT(access_audit_actor, (), (type, id))

struct access_audit_subject {
  std::string type;
  user_uuid id;
  person_uuid person_id;
  access_status status;
  std::optional<std::string> status_reason_code;
};
BOOST_DESCRIBE_STRUCT(access_audit_subject, (), (type, id, person_id, status, status_reason_code))

struct access_audit {
  musterd::timestamp timestamp;
  access_audit_actor actor;
  access_audit_subject subject;
  std::string outcome;
};
BOOST_DESCRIBE_STRUCT(access_audit, (), (timestamp, actor, subject, outcome))

/// The same for a failed attempt; the subject is as the caller wrote it.
struct refused_access_audit_subject {
  std::string type;
  std::string id;
  std::optional<musterd::person_uuid> person_id;
  std::optional<std::string> status_reason_code;
};
BOOST_DESCRIBE_STRUCT(refused_access_audit_subject, (), (type, id, person_id, status_reason_code))

struct refused_access_audit {
  musterd::timestamp timestamp;
  access_audit_actor actor;
  refused_access_audit_subject subject;
  std::string outcome;
  std::string code;
};
BOOST_DESCRIBE_STRUCT(refused_access_audit, (), (timestamp, actor, subject, outcome, code))

/// Payload of user.disabled, user.enabled and user.terminated.
struct access_payload {
  user_uuid user_id;
  person_uuid person_id;
  std::string username;
  access_status status;
  timestamp status_effective_at;
  std::optional<std::string> status_reason_code;
  uuid changed_by;
  std::optional<uuid> case_id;
};
BOOST_DESCRIBE_STRUCT(access_payload, (),
                      (user_id, person_id, username, status, status_effective_at, status_reason_code,
                       changed_by, case_id))

namespace {

constexpr event_route disabled_route{"user.disabled", "people.events", "people.user.disabled.v1"};
constexpr event_route enabled_route{"user.enabled", "people.events", "people.user.enabled.v1"};
constexpr event_route terminated_route{"user.terminated", "people.events", "people.user.terminated.v1"};

const event_route& route_of(access_status status) {
  switch (status) {
    case access_status::active: return enabled_route;
    case access_status::disabled: return disabled_route;
    case access_status::terminated: break;
  }
  return terminated_route;
}

std::string actor_type(const request_context& ctx) {
  return ctx.kind == principal_kind::user ? "Admin" : "System";
}

audit_entry audit_of(const access_changed& e, const request_context& ctx, id_source& ids) {
  const auto& u = e.user;
  auto entry =
      audit_from(ctx, ids.next(), audit_category::people, std::string{route_of(u.status).event_type});
  entry.subject_type = "User";
  entry.subject_id = u.user_id.value;
  entry.reason_code = u.status_reason_code;
  entry.details.text =
      traced(ctx, to_json(access_audit{ctx.now,
                                       {actor_type(ctx), ctx.actor},
                                       {"User", u.user_id, u.person_id, u.status, u.status_reason_code},
                                       "success"}));
  return entry;
}

}  // namespace

audit_entry refused_deactivation_entry(const refused_deactivation& r, const request_context& ctx,
                                       uuid entry_id) {
  auto status = r.command == terminate_user::name ? access_status::terminated : access_status::disabled;
  auto entry = audit_from(ctx, entry_id, audit_category::people, std::string{route_of(status).event_type});
  entry.subject_type = "User";
  entry.subject_id = uuid::parse(r.user_id).value_or(uuid{});
  entry.outcome = r.denied ? audit_outcome::denied : audit_outcome::failure;
  entry.reason_code = r.reason_code;
  entry.details.text = traced(ctx, to_json(refused_access_audit{ctx.now,
                                                                {actor_type(ctx), ctx.actor},
                                                                {"User", r.user_id, r.person, r.reason_code},
                                                                r.denied ? "denied" : "failure",
                                                                r.code}));
  return entry;
}

void add_effects(effects& out, const access_changed& e, const request_context& ctx, id_source& ids) {
  const auto& u = e.user;
  out.write(ctx.tenant, e.person);
  out.write(ctx.tenant, u);
  out.write(ctx.tenant, audit_of(e, ctx, ids));
  auto case_id = e.opened ? std::optional{e.opened->of.case_id} : std::nullopt;
  out.write(ctx.tenant, make_event(ctx, route_of(u.status), {ids.next()}, u.user_id.value,
                                   to_json(access_payload{u.user_id, u.person_id, u.username, u.status,
                                                          u.status_effective_at, u.status_reason_code,
                                                          ctx.actor, case_id})));
  if (!e.opened)
    return;
  add_effects(out, *e.opened, ctx, ids);
  out.signals.push_back(
      {"user_deactivation_success_total",
       {},
       "user_deactivated",
       fmt::format("user {} is {}; case {}", to_string(u.user_id), enum_name(u.status), to_string(*case_id)),
       log::level::info});
}

}  // namespace musterd
