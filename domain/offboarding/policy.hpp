#pragma once

#include "common/time/time.hpp"

#include <string>
#include <vector>

namespace musterd {

class setting_list;

/// When failed offboarding commands are retried, and for how long (S90-F8).
struct retry_policy {
  /// Pauses after the first, second, … failure; the last one repeats.
  std::vector<std::chrono::milliseconds> delays{std::chrono::minutes{1}, std::chrono::minutes{5},
                                                std::chrono::minutes{15}, std::chrono::hours{1},
                                                std::chrono::hours{6}};
  /// Counts from the first failure; after it the command is left to an operator.
  std::chrono::milliseconds window{std::chrono::hours{24}};
  /// How long another service may take to answer before the attempt counts as failed.
  std::chrono::milliseconds answer_within{std::chrono::seconds{30}};

  /// `failures` counts from 1.
  std::chrono::milliseconds delay_after(std::int64_t failures) const {
    auto nth = static_cast<std::size_t>(failures > 0 ? failures - 1 : 0);
    return nth < delays.size() ? delays[nth] : delays.back();
  }
};

/// `[offboarding]`: S90-R7, and the rest of a company's policy on leaving.
struct offboarding_policy {
  /// Whether assignments end if the request does not say what becomes of them; otherwise it must say.
  bool end_assignments_on_disable = true;
  bool allow_keep_assignments_on_disable = false;
  std::vector<std::string> allowed_disable_reasons_for_keep_assignments;
  /// Allowed values of `statusReasonCode`.
  std::vector<std::string> reason_codes{
      "RESIGNATION",      "TERMINATION",     "RETIREMENT", "END_OF_CONTRACT",
      "LEAVE_OF_ABSENCE", "TEMP_SUSPENSION", "SECURITY",   "OTHER"};
  retry_policy retries;
};

void describe(setting_list& on, offboarding_policy& s);

/// The policy unless configured otherwise.
inline const offboarding_policy& default_offboarding_policy() {
  static const offboarding_policy policy;
  return policy;
}

}  // namespace musterd
