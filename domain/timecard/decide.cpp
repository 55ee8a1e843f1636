#include "common/text/readable_text.hpp"
#include "domain/kernel/not_before.hpp"
#include "domain/person/faults.hpp"
#include "domain/timecard/commands.hpp"

namespace musterd {
namespace {

static_assert(max_sessions_a_day == 2'000 && max_breaks_a_day == 2'000, "the faults' texts name them");

/// How many of what days hold there are on a date, at all shops.
template <class Record>
std::size_t count_on(const timecard_state& state, local_date date, std::vector<Record> workday::* records) {
  std::size_t result = 0;
  for (const auto& day : state.recent)
    if (day.card.work_date == date)
      result += (day.*records).size();
  return result;
}

timecard open_card(const timecard_state& state, location_uuid place, local_date date, id_source& ids) {
  for (const auto& day : state.recent)
    if (day.card.location_id == place && day.card.work_date == date) {
      auto reopened = day.card;
      reopened.status = timecard_status::open;
      ++reopened.version;
      return reopened;
    }
  return {{ids.next()}, state.person, place, date, timecard_status::open, 1};
}

break_record completed(break_record pause, timestamp end, break_end_reason reason, uuid by) {
  pause.status = break_status::completed;
  pause.end_time = not_before(pause.start_time, end);
  pause.end_reason = reason;
  pause.updated_at = end;
  pause.updated_by = by;
  ++pause.version;
  return pause;
}

/// The latest instant that already is on the session: nothing new may lie before it.
timestamp last_mark(const timecard_state& state, const clock_session& session) {
  auto mark = session.clock_in_at;
  for (const auto& pause : state.find(session.timecard_id)->breaks)
    if (pause.clock_session_id == session.id)
      mark = std::max(mark, pause.end_time.value_or(pause.start_time));
  return mark;
}

/// A request that was under way at a deactivation may still have clocked in a moment after it; who clocked in
/// later had got their access back.
constexpr std::chrono::minutes late_start{1};

/// Ends the session, and a running break with it (S84-R5).
decision<timecard_event, clocked_out_view> leave(const timecard_state& state, const clock_session& open,
                                                 timestamp at,
                                                 const std::optional<std::string>& forced_reason,
                                                 id_source& ids) {
  clocked_out left{{ids.next()}, state.find(open.timecard_id)->card, open};
  auto end = not_before(last_mark(state, open), at);
  left.clock_session.clock_out_at = end;
  left.clock_session.forced_stop_reason = forced_reason;
  left.clock_session.status = left.timecard.status = timecard_status::closed;
  ++left.clock_session.version;
  ++left.timecard.version;
  decision<timecard_event, clocked_out_view> result{{}, {left.clock_session, left.timecard, {}}};
  if (const auto* running = state.running_break()) {
    auto pause = completed(*running, end, break_end_reason::auto_ended_at_clockout, system_principal);
    pause.auto_ended = true;
    pause.trigger_event_id = left.event_id;
    pause.forced_stop_reason = forced_reason;
    result.answer.auto_ended_break = pause;
    result.events.emplace_back(break_auto_ended{{ids.next()}, std::move(pause)});
  }
  result.events.emplace_back(std::move(left));
  return result;
}

const workday* find_day(const timecard_state& state, std::optional<local_date> date) {
  if (!date)
    return state.recent.empty() ? nullptr : &state.recent.back();
  for (auto day = state.recent.rbegin(); day != state.recent.rend(); ++day)
    if (day->card.work_date == *date)
      return &*day;
  return nullptr;
}

void check_length(const std::optional<std::string>& notes, std::vector<field_error>& errors) {
  if (notes && notes->size() > max_notes_length)
    errors.push_back({"notes", "notes must not be longer than 2000 bytes."});
  else if (notes)
    check_readable("notes", *notes, errors, text_lines::many);
}

}  // namespace

void validate(const clock_in& c, std::vector<field_error>& errors) {
  check_length(c.notes, errors);
}

void validate(const start_break& c, std::vector<field_error>& errors) {
  check_length(c.notes, errors);
}

timecard_decision<clocked_in_view> decide(const timecard_state& state, const clock_in& c,
                                          const request_context& ctx, const facts& known) {
  if (!known.caller.active())
    return account_disabled;
  const auto* place = known.locations.find_active(ctx.tenant, c.location_id);
  if (place == nullptr)
    return location_not_found;
  if (state.open_session() != nullptr)
    return already_clocked_in;
  auto now = ctx.now;
  for (const auto& day : state.recent)
    for (const auto& session : day.sessions)
      now = not_before(*session.clock_out_at, now);
  auto today = local_day(now, place->timezone);
  if (count_on(state, today, &workday::sessions) >= max_sessions_a_day)
    return too_many_clock_ins;
  auto card = open_card(state, c.location_id, today, known.ids);
  clock_session session{{known.ids.next()},
                        card.id,
                        state.person,
                        c.location_id,
                        now,
                        {},
                        timecard_status::open,
                        c.notes,
                        {},
                        1};
  return decision{events_of<timecard_event>(clocked_in{{known.ids.next()}, card, session}),
                  clocked_in_view{session, card}};
}

timecard_decision<clocked_out_view> decide(const timecard_state& state, const clock_out&,
                                           const request_context& ctx, const facts& known) {
  const auto* open = state.open_session();
  if (open == nullptr)
    return not_clocked_in;
  return leave(state, *open, ctx.now, {}, known.ids);
}

timecard_decision<forced_out_view> decide(const timecard_state& state, const force_clock_out& c,
                                          const request_context&, const facts& known) {
  const auto* open = state.open_session();
  if (open == nullptr || open->clock_in_at > c.at + late_start)
    return decision{timecard_events{}, forced_out_view{false}};
  return decision{leave(state, *open, c.at, c.reason, known.ids).events, forced_out_view{true}};
}

timecard_decision<break_record> decide(const timecard_state& state, const start_break& c,
                                       const request_context& ctx, const facts& known) {
  if (!known.caller.active())
    return account_disabled;
  const auto* open = state.open_session();
  if (open == nullptr)
    return not_clocked_in.saying("You must be clocked in to start a break.");
  if (state.running_break() != nullptr)
    return break_already_in_progress;
  auto work_date = state.find(open->timecard_id)->card.work_date;
  if (count_on(state, work_date, &workday::breaks) >= max_breaks_a_day)
    return too_many_breaks;
  break_record pause;
  pause.id = {known.ids.next()};
  pause.timecard_id = open->timecard_id;
  pause.clock_session_id = open->id;
  pause.mechanic_id = state.person;
  pause.break_type = c.break_type;
  pause.start_time = not_before(last_mark(state, *open), ctx.now);
  pause.notes = c.notes;
  pause.created_at = pause.updated_at = ctx.now;
  pause.created_by = pause.updated_by = state.person.value;
  return decision{events_of<timecard_event>(break_started{{known.ids.next()}, pause}), pause};
}

timecard_decision<break_record> decide(const timecard_state& state, const end_break&,
                                       const request_context& ctx, const facts& known) {
  const auto* running = state.running_break();
  if (running == nullptr)
    return no_active_break;
  auto pause = completed(*running, ctx.now, break_end_reason::manual_ended, state.person.value);
  return decision{events_of<timecard_event>(break_ended{{known.ids.next()}, pause}), pause};
}

timecard_decision<timecard_view> decide(const timecard_state& state, const get_timecard& c,
                                        const request_context& ctx, const facts&) {
  const auto* day = find_day(state, c.date);
  if (day == nullptr)
    return timecard_not_found;
  return decision{timecard_events{}, make_timecard_view(*day, state.last_break_type, ctx.now)};
}

}  // namespace musterd
