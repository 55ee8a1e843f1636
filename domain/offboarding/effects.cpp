#include "domain/audit/audit_personal.hpp"
#include "domain/audit/audit_trace.hpp"
#include "domain/offboarding/events.hpp"
#include "domain/offboarding/messages.hpp"
#include "domain/offboarding/views.hpp"

#include <fmt/format.h>

namespace musterd {
namespace {

/// Audit type of what operators do or must see to; the rest is only in the case's history.
std::string_view audit_type(case_happening what) {
  switch (what) {
    case case_happening::moved_to_dead_letters: return "OFFBOARDING_COMMAND_DEAD_LETTERED";
    case case_happening::retry_requested: return "OFFBOARDING_COMMAND_RETRY_REQUESTED";
    case case_happening::paused: return "OFFBOARDING_COMMAND_PAUSED";
    case case_happening::resumed: return "OFFBOARDING_COMMAND_RESUMED";
    case case_happening::risk_accepted: return "OFFBOARDING_RISK_ACCEPTED";
    default: return {};
  }
}

struct offboarding_effect_writer {
  effects& out;
  const request_context& ctx;
  id_source& ids;

  void operator()(const command_changed& e) const {
    const auto& c = e.command;
    out.write(ctx.tenant, c);
    auto line = ids.next();
    out.write(ctx.tenant, history_of(ctx, c, e.what, line));
    if (e.case_changed)
      out.write(ctx.tenant, e.of);
    if (auto type = audit_type(e.what); !type.empty())
      audit(e, type);
    if (c.state == command_state::in_progress)
      out.write(ctx.tenant, stop_job_timers_message(ctx, e.of, c, {ids.next()}));
    if (e.what == case_happening::failed)
      failed(e);
    if (e.what == case_happening::moved_to_dead_letters)
      dead(e, line);
    if (e.case_changed && e.of.state == case_state::completed)
      out.log("offboarding_completed",
              fmt::format("case {} of user {}", to_string(e.of.case_id), to_string(e.of.user_id)));
  }

  void audit(const command_changed& e, std::string_view type) const {
    auto entry = audit_from(ctx, ids.next(), audit_category::people, std::string{type});
    entry.subject_type = "OffboardingCase";
    entry.subject_id = e.of.case_id;
    entry.details.text = traced(ctx, to_json(view_of(e.command)));
    write_with_personal(out, ctx.tenant, std::move(entry), e.of.user_id.value, {"justification", "lastError"},
                        ids);
  }

  void failed(const command_changed& e) const {
    out.count("user_deactivation_failure_total");
    out.count("user_deactivation_saga_retry_total");
    out.log("offboarding_command_failed",
            fmt::format("{} of case {} failed at attempt {} and will be tried again: {}",
                        enum_name(e.command.command_type), to_string(e.of.case_id), e.command.attempts,
                        e.command.last_error.value_or("")),
            log::level::warn);
  }

  /// The database turns the history line into a dead letter; the broker's message has the line's id
  /// (migrations/0009).
  void dead(const command_changed& e, uuid line) const {
    out.count("user_deactivation_saga_dlq_total");
    out.write(ctx.tenant, dead_letter_message(ctx, e.of, e.command, {line}));
    add_alert(out, critical_alert(ctx, e.of, e.command, ids.next()), ctx.tenant, ids);
  }
};

}  // namespace

void add_effects(effects& out, const offboarding_event& event, const request_context& ctx, id_source& ids) {
  std::visit(offboarding_effect_writer{out, ctx, ids}, event);
}

}  // namespace musterd
