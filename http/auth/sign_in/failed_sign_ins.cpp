#include "http/auth/sign_in/failed_sign_ins.hpp"

#include "common/observation/log.hpp"
#include "common/observation/trace.hpp"
#include "domain/audit/audit_personal.hpp"
#include "domain/audit/audit_trace.hpp"
#include "http/message/client_address.hpp"

namespace musterd {
namespace {

struct left_out_audit {
  std::int64_t left_out = 0;
};
BOOST_DESCRIBE_STRUCT(left_out_audit, (), (left_out))

}  // namespace

void failure_sampler::second_passed() {
  of_all_ = 0;
  of_tenants_.clear();
  of_addresses_.clear();
}

bool failure_sampler::take(tenant_uuid tenant, std::string_view network) {
  std::pair from{tenant, std::string{network}};
  auto count = [](const auto& in, const auto& key) {
    auto found = in.find(key);
    return found == in.end() ? 0 : found->second;
  };
  bool taken = of_all_ < most && count(of_tenants_, tenant) < most_of_a_tenant &&
               count(of_addresses_, from) < most_of_an_address;
  if (!taken) {
    ++left_out_[tenant];
    return false;
  }
  ++of_all_;
  ++of_tenants_[tenant];
  ++of_addresses_[std::move(from)];
  return true;
}

void failed_sign_ins::note(const failed_sign_in& what, request_context ctx) {
  {
    std::lock_guard lock{mutex_};
    if (second_.has_passed())
      sampler_.second_passed();
    if (!sampler_.take(what.tenant.value_or(tenant_uuid{}), counted_network(ctx.client_address))) {
      ++left_out;
      return;
    }
  }
  ++recorded;
  trace_scope tracing{ctx};
  log::warn({"auth", "sign_in_failed", ctx.correlation_id}, "{} {} from {}: {}",
            what.is_service ? "service" : "user", to_string(what.whom), ctx.client_address, what.reason);
  if (!what.tenant)
    return;
  ctx.tenant = *what.tenant;
  auto entry = audit_from(ctx, uuid::generate(), audit_category::security, "LOGIN_FAILED");
  entry.subject_type = what.is_service ? "ServiceClient" : "User";
  entry.subject_id = what.whom;
  entry.outcome = audit_outcome::denied;
  entry.reason_code = std::string{what.reason};
  entry.details.text = traced(ctx, "{}");
  effects out;
  generated_ids ids;
  write_with_origin(out, ctx.tenant, std::move(entry), what.whom, ids);
  commits_.submit(ctx.tenant, {what.whom, std::move(out.writes)}, [](const std::optional<fault>&) {});
}

void failed_sign_ins::note_left_out(timestamp now) {
  std::map<tenant_uuid, std::int64_t> counts;
  {
    std::lock_guard lock{mutex_};
    counts = sampler_.take_left_out();
  }
  for (const auto& [tenant, count] : counts) {
    log::warn({"auth", "sign_in_failures_left_out"}, "{} more of tenant {}", count, to_string(tenant));
    if (tenant.value.is_nil())
      continue;
    request_context ctx;
    ctx.tenant = tenant;
    ctx.kind = principal_kind::system;
    ctx.actor = system_principal;
    ctx.now = now;
    ctx.correlation_id = to_string(uuid::generate());
    auto entry = audit_from(ctx, uuid::generate(), audit_category::security, "LOGIN_FAILURES_LEFT_OUT");
    entry.subject_type = "Tenant";
    entry.subject_id = tenant.value;
    entry.outcome = audit_outcome::denied;
    entry.details.text = to_json(left_out_audit{count});
    effects out;
    out.write(tenant, entry);
    commits_.submit(tenant, {tenant.value, std::move(out.writes)}, [](const std::optional<fault>&) {});
  }
}

}  // namespace musterd
