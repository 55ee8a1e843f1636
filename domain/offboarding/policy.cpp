#include "domain/offboarding/policy.hpp"

#include "common/settings/setting_list.hpp"

namespace musterd {

void describe(setting_list& on, offboarding_policy& s) {
  on.flag("offboarding.end_assignments_on_disable", s.end_assignments_on_disable,
          "Whether assignments end if a request to disable does not say; if not, it must say.");
  on.flag("offboarding.allow_keep_assignments_on_disable", s.allow_keep_assignments_on_disable,
          "Whether assignments may stay active, for the allowed reasons.");
  on.words("offboarding.allowed_disable_reasons_for_keep_assignments",
           s.allowed_disable_reasons_for_keep_assignments,
           "Reasons for which assignments may stay active, comma-separated.");
  on.words("offboarding.reason_codes", s.reason_codes, "Allowed values of statusReasonCode.");
  on.durations("offboarding.retry_delays", s.retries.delays,
               "Pauses after the first, second, … failure of a command; the last repeats.");
  on.duration("offboarding.retry_window", s.retries.window,
              "How long a command is retried after its first failure; then it needs an operator.");
  on.duration("offboarding.answer_within", s.retries.answer_within,
              "How long an attempt waits for another service's answer.");
}

}  // namespace musterd
