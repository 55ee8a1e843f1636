#include "http/routes/audit/audit_inspector.hpp"

#include "common/observation/log.hpp"

#include <algorithm>

namespace musterd {
namespace {

/// Well within the connection's handling timeout.
constexpr std::chrono::seconds time_limit{20};

}  // namespace

void audit_inspector::verify(http_call&& call, audit_selection selection) {
  auto held = std::make_shared<http_call>(std::move(call));
  if (!thread_.submit([this, held, selection] { answer(*held, selection); }))
    held->respond(busy("Too many verifications at once."));
}

void audit_inspector::answer(http_call& call, const audit_selection& selection) {
  auto give_up = std::chrono::steady_clock::now() + time_limit;
  stream_patience patience;
  patience.statement = time_limit;
  patience.go_on = [&] { return std::chrono::steady_clock::now() < give_up && call.respond.wanted(); };
  try {
    auto result = verify_audit(url_, key_, anchors_, selection, patience, cut_);
    if (!result)
      return call.respond(unavailable("The verification takes too long: give it a shorter range, or run "
                                      "`musterd audit verify` on the server."));
    show(selection, result->problem_count);
    if (!result->valid)
      log::error({"audit", "trail_not_valid", call.request.correlation_id}, "{} problems found",
                 result->problem_count);
    call.respond(json_response(200, *result));
  } catch (const std::exception& e) {
    log::error({"audit", "verification_failed", call.request.correlation_id}, "{}", e.what());
    call.respond(unavailable("The database could not answer."));
  }
}

void audit_inspector::show(const audit_selection& of, std::int64_t problems) {
  auto& known = problems_[of.tenant.value_or(tenant_uuid{})];
  known = of.is_whole() ? problems : std::max(known, problems);
  std::int64_t all = 0;
  for (const auto& [tenant, found] : problems_)
    all += found;
  counted_.gauge("audit_verification_problems").Set(static_cast<double>(all));
}

}  // namespace musterd
