#include "server/chores/retention_settings.hpp"

#include "common/settings/setting_list.hpp"

namespace musterd {

void describe(setting_list& on, retention_settings& s) {
  using std::chrono::days;
  constexpr setting_list::bounds at_least_a_day{1, 3660}, or_for_ever{0, 36'600};
  on.number<days>("retention.inbox_days", s.inbox, at_least_a_day,
                  "How long consumers remember which events they handled.");
  on.number<days>("retention.sign_in_days", s.sign_ins, at_least_a_day,
                  "How long sign-ins are kept after they have expired.");
  on.number<days>("retention.alert_days", s.alerts, at_least_a_day, "How long alerts are kept.");
  on.number<days>("retention.dead_letter_days", s.dead_letters, at_least_a_day,
                  "How long dead letters are kept after the decision, and replays after their end.");
  on.number<days>("retention.offboarding_days", s.offboardings, or_for_ever,
                  "How long completed offboarding cases are kept. 0: for ever.");
  on.number<days>("retention.export_days", s.exports, at_least_a_day,
                  "How long finished exports and their files are kept.");
  on.number<days>("retention.profile_hold_days", s.profile_hold, or_for_ever,
                  "How long after somebody left their profile must not be erased.");
  on.number<days>("retention.profile_days_after_leaving", s.profiles, or_for_ever,
                  "How long after somebody left their profile is erased. 0: only on request.");
  on.number<days>("retention.time_records_days", s.time_records, or_for_ever,
                  "How long timecards and job timers are kept, whoever's they are. 0: for ever.");
  on.number<days>("retention.audit_origin_days", s.audit_origins, or_for_ever,
                  "How long the trail keeps the origin of sign-ins and refused requests. 0: for ever.");
}

}  // namespace musterd
