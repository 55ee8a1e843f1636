#include "domain/offboarding/policy.hpp"

#include "common/settings/setting_list.hpp"

namespace musterd {

void describe(setting_list& on, offboarding_policy& s) {
  on.flag("offboarding.end_assignments_on_disable", s.end_assignments_on_disable,
          "Assignments end where a request to disable does not say; otherwise it must say.");
  on.flag("offboarding.allow_keep_assignments_on_disable", s.allow_keep_assignments_on_disable,
          "Whether assignments may be left active, for the reasons allowed.");
  on.words("offboarding.allowed_disable_reasons_for_keep_assignments",
           s.allowed_disable_reasons_for_keep_assignments,
           "Reasons for which assignments may be left active, comma-separated.");
  on.words("offboarding.reason_codes", s.reason_codes, "What statusReasonCode may be.");
  on.durations("offboarding.retry_delays", s.retries.delays,
               "Pauses after the first, second, … failure of a command; the last repeats.");
  on.duration("offboarding.retry_window", s.retries.window,
              "From the first failure on; then an operator has to see to the command.");
  on.duration("offboarding.answer_within", s.retries.answer_within,
              "How long another service may take to answer before an attempt has failed.");
}

}  // namespace musterd
