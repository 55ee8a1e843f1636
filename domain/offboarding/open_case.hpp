#pragma once

#include "domain/kernel/effects.hpp"
#include "domain/kernel/facts.hpp"
#include "domain/offboarding/records.hpp"

namespace musterd {

/// A new case with its commands, committed together with the deactivation that it follows from.
struct opened_case {
  offboarding_case of;
  std::vector<case_command> commands;
  friend bool operator==(const opened_case&, const opened_case&) = default;
};

/// `of` without id and state. Assignments end in the same commit, so their commands are done when the case is
/// opened; the work execution is asked with it; the clock session is closed as soon as it is committed.
opened_case open_case(offboarding_case of, const request_context& ctx, const retry_policy& retries,
                      id_source& ids);

/// Rows, history and the first message of the case.
void add_effects(effects& out, const opened_case& c, const request_context& ctx, id_source& ids);

}  // namespace musterd
