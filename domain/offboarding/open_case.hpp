#pragma once

#include "domain/kernel/effects.hpp"
#include "domain/kernel/facts.hpp"
#include "domain/offboarding/records.hpp"

namespace musterd {

/// A new case with its commands, committed together with the deactivation that caused it.
struct opened_case {
  offboarding_case of;
  std::vector<case_command> commands;
  friend bool operator==(const opened_case&, const opened_case&) = default;
};

/// `of` has no id or state yet. In the same commit assignments end, so that their commands start out done,
/// and the work execution is asked; the clock session is closed right after.
opened_case open_case(offboarding_case of, const request_context& ctx, const retry_policy& retries,
                      id_source& ids);

/// Writes the case's rows, history and first message.
void add_effects(effects& out, const opened_case& c, const request_context& ctx, id_source& ids);

}  // namespace musterd
