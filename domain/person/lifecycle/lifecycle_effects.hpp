#pragma once

#include "domain/person/events.hpp"

namespace musterd {

/// Writes rows, audit entry, event, case and log lines of a deactivation or its undoing.
void add_effects(effects& out, const access_changed& e, const request_context& ctx, id_source& ids);

/// A failed attempt to deactivate somebody, whoever refused it (S90-AC5).
struct refused_deactivation {
  /// Name of the command.
  std::string command;
  /// As in the request; may be nobody's id, or no id at all.
  std::string user_id;
  std::optional<person_uuid> person;
  std::optional<std::string> reason_code;
  /// The fault's code.
  std::string code;
  /// Refused for lack of a permission.
  bool denied = false;
};

audit_entry refused_deactivation_entry(const refused_deactivation& r, const request_context& ctx,
                                       uuid entry_id);

}  // namespace musterd
