#include "domain/company/events.hpp"

#include "domain/audit/change_audit.hpp"

namespace musterd {
namespace {

std::string_view audit_type(grant_change change) {
  switch (change) {
    case grant_change::granted: return "role.permission.grant";
    case grant_change::revoked: return "role.permission.revoke";
    case grant_change::replaced: break;
  }
  return "role.permissions.replaced";
}

std::string_view audit_type(service_change change) {
  switch (change) {
    case service_change::created: return "service.created";
    case service_change::updated: return "service.updated";
    case service_change::revoked: return "service.revoked";
    case service_change::secret_added: return "service.secret.added";
    case service_change::secret_ended: break;
  }
  return "service.secret.ended";
}

struct company_effect_writer {
  effects& out;
  const request_context& ctx;
  id_source& ids;

  void operator()(const role_created& e) const { of_role("role.created", {}, e.after); }
  void operator()(const role_updated& e) const { of_role("role.updated", e.before, e.after); }
  void operator()(const role_grants_changed& e) const { of_role(audit_type(e.change), e.before, e.after); }
  void operator()(const permission_registered& e) const {
    out.write(ctx.tenant, e.after);
    // A permission has no id: the company is the subject, the key is in the state.
    write_change(out, ctx, ids.next(),
                 {audit_category::security, "permission.registered", "Permission", ctx.tenant.value},
                 e.before, e.after);
  }
  void operator()(const admin_departure& e) const { out.write(ctx.tenant, e); }
  void operator()(const location_created& e) const { of_location("LOCATION_CREATED", {}, e.after); }
  void operator()(const location_updated& e) const { of_location("LOCATION_UPDATED", e.before, e.after); }

  void operator()(const service_changed& e) const {
    const auto& id = e.after.client.client_id.value;
    out.write(ctx.tenant, e.after.client);
    for (const auto& secret : e.after.secrets)
      if (!e.before || std::ranges::find(e.before->secrets, secret) == e.before->secrets.end())
        out.write(ctx.tenant, secret);
    write_change(out, ctx, ids.next(), {audit_category::security, audit_type(e.change), "Service", id},
                 e.before ? std::optional{view_of(*e.before)} : std::nullopt, view_of(e.after));
  }

  void of_role(std::string_view type, const std::optional<role>& before, const role& after) const {
    out.write(ctx.tenant, after);
    write_change(out, ctx, ids.next(), {audit_category::security, type, "Role", after.role_id.value}, before,
                 after);
  }
  void of_location(std::string_view type, const std::optional<location>& before,
                   const location& after) const {
    out.write(ctx.tenant, after);
    change_subject subject{audit_category::people, type, "Location", after.location_id.value};
    subject.location_id = after.location_id;
    write_change(out, ctx, ids.next(), subject, before, after);
  }
};

}  // namespace

void add_effects(effects& out, const company_event& event, const request_context& ctx, id_source& ids) {
  std::visit(company_effect_writer{out, ctx, ids}, event);
}

}  // namespace musterd
