#include "domain/timecard/events.hpp"

namespace musterd {
namespace {

template <class Record>
void put_part(std::vector<Record>& records, const Record& record) {
  auto found = std::find_if(records.begin(), records.end(), [&](const auto& r) { return r.id == record.id; });
  if (found == records.end())
    records.push_back(record);
  else
    *found = record;
}

workday& day_of(timecard_state& state, timecard_uuid card) {
  auto found = std::find_if(state.recent.begin(), state.recent.end(),
                            [&](const auto& d) { return d.card.id == card; });
  return found != state.recent.end() ? *found : state.recent.emplace_back();
}

/// Moves the day being worked on to the end, and drops closed days that are too old.
void remember_latest(timecard_state& state, timecard_uuid latest) {
  auto& days = state.recent;
  auto it = std::find_if(days.begin(), days.end(), [&](const auto& d) { return d.card.id == latest; });
  std::rotate(it, it + 1, days.end());
  auto horizon = std::chrono::sys_days{days.back().card.work_date} - remembered_days;
  std::erase_if(days, [&](const auto& d) {
    return d.card.status == timecard_status::closed && std::chrono::sys_days{d.card.work_date} < horizon;
  });
}

struct timecard_applier {
  timecard_state& state;

  void operator()(const clocked_in& e) const {
    auto& day = day_of(state, e.timecard.id);
    day.card = e.timecard;
    put_part(day.sessions, e.clock_session);
    remember_latest(state, e.timecard.id);
  }
  void operator()(const clocked_out& e) const {
    auto& day = day_of(state, e.timecard.id);
    day.card = e.timecard;
    put_part(day.sessions, e.clock_session);
  }
  void operator()(const break_started& e) const {
    put_part(day_of(state, e.pause.timecard_id).breaks, e.pause);
    state.last_break_type = e.pause.break_type;
  }
  void operator()(const break_ended& e) const {
    put_part(day_of(state, e.pause.timecard_id).breaks, e.pause);
  }
  void operator()(const break_auto_ended& e) const {
    put_part(day_of(state, e.pause.timecard_id).breaks, e.pause);
  }
};

}  // namespace

void evolve(timecard_state& state, const timecard_event& event) {
  std::visit(timecard_applier{state}, event);
}

const clock_session* timecard_state::open_session() const {
  for (const auto& day : recent)
    for (const auto& session : day.sessions)
      if (session.status == timecard_status::open)
        return &session;
  return nullptr;
}

const break_record* timecard_state::running_break() const {
  for (const auto& day : recent)
    for (const auto& pause : day.breaks)
      if (pause.status == break_status::in_progress)
        return &pause;
  return nullptr;
}

const workday* timecard_state::find(timecard_uuid card) const {
  auto found = std::find_if(recent.begin(), recent.end(), [&](const auto& d) { return d.card.id == card; });
  return found == recent.end() ? nullptr : &*found;
}

}  // namespace musterd
