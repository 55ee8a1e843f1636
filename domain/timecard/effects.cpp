#include "domain/audit/audit_personal.hpp"
#include "domain/audit/audit_trace.hpp"
#include "domain/timecard/events.hpp"

#include <fmt/format.h>

namespace musterd {
namespace {

constexpr event_route clocked_in_route{"ClockedIn", "people.events", "people.timecard.clocked_in.v1"};
constexpr event_route clocked_out_route{"ClockedOut", "people.events", "people.timecard.clocked_out.v1"};
constexpr event_route break_started_route{"BreakStarted", "people.events", "people.break.started.v1"};
constexpr event_route break_ended_route{"BreakEnded", "people.events", "people.break.ended.v1"};
constexpr event_route break_auto_ended_route{"BreakAutoEnded", "people.events", "people.break.auto_ended.v1"};

/// Payload of ClockedIn and ClockedOut.
struct clock_payload {
  musterd::clock_session clock_session;
  musterd::timecard timecard;
};
BOOST_DESCRIBE_STRUCT(clock_payload, (), (clock_session, timecard))

/// S84-F15.
struct break_audit {
  person_uuid mechanic_id;
  timecard_uuid timecard_id;
  break_uuid break_id;
  musterd::break_type break_type;
  std::optional<break_end_reason> end_reason;
  bool auto_ended;
  std::optional<event_uuid> trigger_event_id;
};
BOOST_DESCRIBE_STRUCT(break_audit, (),
                      (mechanic_id, timecard_id, break_id, break_type, end_reason, auto_ended,
                       trigger_event_id))

struct timecard_effect_writer {
  effects& out;
  const request_context& ctx;
  id_source& ids;

  void operator()(const clocked_in& e) const { clock(e, "CLOCKED_IN", clocked_in_route); }
  void operator()(const clocked_out& e) const { clock(e, "CLOCKED_OUT", clocked_out_route); }
  void operator()(const break_started& e) const {
    pause(e, "BREAK_STARTED", break_started_route);
    out.count("break_started_total", enum_name(e.pause.break_type));
  }
  void operator()(const break_ended& e) const {
    pause(e, "BREAK_ENDED", break_ended_route);
    out.count("break_ended_manual_total");
  }
  void operator()(const break_auto_ended& e) const {
    auto as_system = ctx;
    as_system.kind = principal_kind::system;
    as_system.actor = system_principal;
    timecard_effect_writer{out, as_system, ids}.pause(e, "BREAK_AUTO_ENDED", break_auto_ended_route);
    out.signals.push_back({"break_ended_auto_at_clockout_total",
                           {},
                           "break_auto_ended",
                           fmt::format("break {} of {} ended by the clock-out", to_string(e.pause.id),
                                       to_string(e.pause.mechanic_id)),
                           log::level::info});
  }

  template <class Event>
  void clock(const Event& e, std::string_view audit_type, const event_route& route) const {
    out.write(ctx.tenant, e.timecard);
    out.write(ctx.tenant, e.clock_session);
    auto details = to_json(clock_payload{e.clock_session, e.timecard});
    auto entry = audit_from(ctx, ids.next(), audit_category::timekeeping, std::string{audit_type});
    entry.subject_type = "ClockSession";
    entry.subject_id = e.clock_session.id.value;
    entry.location_id = e.clock_session.location_id;
    entry.details.text = traced(ctx, details);
    auto whose = e.clock_session.person_id.value;
    write_with_personal(out, ctx.tenant, std::move(entry), whose, {"notes"}, ids);
    out.write(ctx.tenant, make_event(ctx, route, e.event_id, whose, std::move(details)));
  }

  template <class Event>
  void pause(const Event& e, std::string_view audit_type, const event_route& route) const {
    const auto& p = e.pause;
    out.write(ctx.tenant, p);
    auto entry = audit_from(ctx, ids.next(), audit_category::timekeeping, std::string{audit_type});
    entry.subject_type = "Break";
    entry.subject_id = p.id.value;
    entry.details.text = traced(ctx, to_json(break_audit{p.mechanic_id, p.timecard_id, p.id, p.break_type,
                                                         p.end_reason, p.auto_ended, p.trigger_event_id}));
    out.write(ctx.tenant, entry);
    out.write(ctx.tenant, make_event(ctx, route, e.event_id, p.mechanic_id.value, to_json(p)));
  }
};

}  // namespace

void add_effects(effects& out, const timecard_event& event, const request_context& ctx, id_source& ids) {
  std::visit(timecard_effect_writer{out, ctx, ids}, event);
}

}  // namespace musterd
