#include "http/auth/limits/access_denials.hpp"

#include "common/observation/log.hpp"
#include "common/observation/trace.hpp"
#include "domain/audit/audit_personal.hpp"
#include "domain/audit/audit_trace.hpp"
#include "http/routing/call.hpp"

#include <fmt/format.h>

namespace musterd {

/// The details of a refusal for auditors.
struct denial_audit {
  std::string permission;
  std::string method;
  std::string route;
  /// The decision's own reasons.
  std::optional<raw_json> reasons;
};
BOOST_DESCRIBE_STRUCT(denial_audit, (), (permission, method, route, reasons))

fault access_denials::denied(const caller& who, const http_request& request, const route& asked) {
  return denied(who, request, asked, access_denied());
}

fault access_denials::denied(const caller& who, const http_request& request, const route& asked, fault why) {
  auto decided = decision_for({who.tenant, who.actor, asked.index});
  trace_scope tracing{request.trace()};
  log::warn({"access", "denied", request.correlation_id}, "{} may not {} {} ({}): {}{}, decision {}",
            to_string(who.actor), verb_name(asked.method), asked.path_template, asked.access.key(), why.code,
            why.details ? " " + why.details->text : "", to_string(decided.id));
  ++(decided.to_record ? recorded : sampled_out);
  if (decided.to_record)
    record(decided.id, who, request, asked, why);
  why.details = raw_json{fmt::format(R"({{"decisionId":"{}"}})", to_string(decided.id))};
  return why;
}

access_denials::decision access_denials::decision_for(const subject& s) {
  std::lock_guard lock{mutex_};
  if (second_.has_passed()) {
    this_second_.clear();
    of_callers_.clear();
  }
  if (auto known = this_second_.find(s); known != this_second_.end())
    return {known->second, false};
  auto id = uuid::generate();
  if (this_second_.size() >= most_per_second || ++of_callers_[{s.tenant, s.actor}] > most_of_a_caller)
    return {id, false};
  this_second_.emplace(s, id);
  return {id, true};
}

void access_denials::record(uuid decision_id, const caller& who, const http_request& request,
                            const route& asked, const fault& why) const {
  auto ctx = context_of(who, request);
  auto entry = audit_from(ctx, decision_id, audit_category::security, "access.denied");
  entry.subject_type = who.kind == principal_kind::service ? "Service" : "User";
  entry.subject_id = who.actor;
  entry.outcome = audit_outcome::denied;
  entry.reason_code = why.code;
  entry.details.text =
      traced(ctx, to_json(denial_audit{std::string{asked.access.key()}, std::string{verb_name(asked.method)},
                                       asked.path_template, why.details}));
  effects out;
  generated_ids ids;
  write_with_origin(out, ctx.tenant, std::move(entry), who.actor, ids);
  // Not waited for: a refusal stands even if it is not recorded.
  commits_.submit(who.tenant, {who.actor, std::move(out.writes)}, [](const std::optional<fault>&) {});
}

}  // namespace musterd
