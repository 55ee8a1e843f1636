#include "common/json/json_document.hpp"
#include "common/observation/log.hpp"
#include "common/observation/trace.hpp"
#include "common/text/text.hpp"
#include "domain/company/counted.hpp"
#include "domain/person/counted.hpp"
#include "http/message/client_address.hpp"
#include "server/observation/http_metrics.hpp"

#include <fmt/ranges.h>

namespace musterd {
namespace {

constexpr std::string_view provision_operation = "provisionUser";
constexpr std::size_t longest_field = 64;

/// G-MET-1 to G-MET-6: an outcome is success or failure.
void count_for_guide(metrics& counted, const change_attempt& a, bool failed) {
  const auto& operation = a.asked->docs.name;
  std::string outcome = failed ? "failure" : "success";
  if (operation == provision_operation) {
    auto took = std::chrono::steady_clock::now() - a.began;
    counted.counter("security_provision_requests_total", {outcome}).Increment();
    counted.histogram("security_provision_latency_ms")
        .Observe(std::chrono::duration<double, std::milli>{took}.count());
  }
  auto count = [&](const auto& answers) {
    for (const auto& one : answers)
      if (one.command == operation)
        counted.counter(one.metric, {std::string{one.type}, outcome}).Increment();
  };
  count(counted_company_answers);
  count(counted_person_answers);
}

std::string code_of(const attempt_end& end) {
  return end.refusal != nullptr ? end.refusal->code : std::to_string(end.status);
}

/// Wrong fields that a fault only counts (`validation_failed`).
std::int64_t unnamed_of(const fault& f) {
  auto details = f.details ? parse_json(f.details->text) : outcome<boost::json::value>{boost::json::value{}};
  const auto* object = details ? details->if_object() : nullptr;
  const auto* more = object != nullptr ? object->if_contains("moreFieldErrors") : nullptr;
  return more != nullptr && more->is_int64() ? more->get_int64() : 0;
}

/// Field names may be the client's own words, of any length.
std::string wrong_fields_of(const attempt_end& end) {
  std::vector<std::string> named;
  if (end.refusal != nullptr)
    for (const auto& e : end.refusal->field_errors)
      if (!e.field.empty())
        named.push_back(plain_text(e.field, longest_field));
  if (named.empty())
    return {};
  auto unnamed = unnamed_of(*end.refusal);
  auto more = unnamed > 0 ? fmt::format(" and {} more", unnamed) : std::string{};
  return fmt::format(" ({}{})", fmt::join(named, ", "), more);
}

}  // namespace

/// Refusals of unknown callers, or of excess requests, could fill the disk: each address gets a few lines a
/// second, the rest are counted.
bool http_metrics::may_log(const change_attempt& a, int status) {
  constexpr int too_many_requests = 429;
  if (!a.ctx.actor.is_nil() && status != too_many_requests)
    return true;
  std::lock_guard lock{sampling_};
  if (second_.has_passed())
    sampler_.second_passed();
  return sampler_.take({}, counted_network(a.ctx.client_address));
}

void http_metrics::note_left_out() {
  std::map<tenant_uuid, std::int64_t> counts;
  {
    std::lock_guard lock{sampling_};
    counts = sampler_.take_left_out();
  }
  for (const auto& [nobody, count] : counts)
    log::warn({"command", "refusals_left_out"}, "{} more of nobody known, or too fast", count);
}

/// S84-F17: every refusal at WARN, without any words chosen by strangers.
void http_metrics::log_refusal(const change_attempt& a, const attempt_end& end) {
  if (!may_log(a, end.status))
    return;
  auto fields = a.ctx.actor.is_nil() ? std::string{} : wrong_fields_of(end);
  log::warn({"command", "refused", a.ctx.correlation_id}, "{} of {}: {}{}", a.asked->docs.name,
            to_string(a.ctx.actor), code_of(end), fields);
}

/// The one place where answers to changes are counted and logged, whoever made them. A replayed answer was
/// counted the first time.
void http_metrics::on_attempt(const change_attempt& a, const attempt_end& end) {
  if (end.replayed)
    return;
  bool failed = end.status >= 400;
  count_for_guide(metrics_, a, failed);
  if (!failed)
    return;
  trace_scope tracing{a.ctx};
  const auto& operation = a.asked->docs.name;
  log_refusal(a, end);
  if (!is_deactivation(operation))
    return;
  // S90-AC5, S90-F20, S90-F27: every failed attempt is counted and audited; failing to carry it out is an
  // error.
  metrics_.counter("user_deactivation_failure_total").Increment();
  if (end.status >= 500)
    log::error({"offboarding", "deactivation_failed", a.ctx.correlation_id}, "{} of user {}: {}", operation,
               plain_text(a.user_id, longest_field), code_of(end));
  if (!a.ctx.actor.is_nil())
    deactivation_refused({operation, a.user_id, {}, a.reason_code, code_of(end), end.status == 403}, a.ctx);
}

}  // namespace musterd
