#include "domain/timecard/views.hpp"

namespace musterd {

timecard_view make_timecard_view(const workday& day, std::optional<break_type> suggested, timestamp now) {
  std::chrono::microseconds present{0}, paused{0};
  for (const auto& session : day.sessions)
    present += session.clock_out_at.value_or(std::max(now, session.clock_in_at)) - session.clock_in_at;
  for (const auto& pause : day.breaks)
    paused += pause.end_time.value_or(std::max(now, pause.start_time)) - pause.start_time;
  using std::chrono::floor, std::chrono::minutes;
  const auto& card = day.card;
  return {card.id,
          card.person_id,
          card.location_id,
          card.work_date,
          card.status,
          card.version,
          day.sessions,
          day.breaks,
          floor<minutes>(present - paused).count(),
          floor<minutes>(paused).count(),
          suggested};
}

}  // namespace musterd
