#pragma once

#include "common/known_fault.hpp"

/// How the audit trail and its exports refuse.
namespace musterd {

inline constexpr auto audit_entry_not_found = not_found("AUDIT_ENTRY_NOT_FOUND", "Audit entry not found.");
inline constexpr auto audit_event_recorded =
    conflict("AUDIT_EVENT_ALREADY_RECORDED", "The event is in the audit trail already.");
inline constexpr auto audit_event_differs =
    conflict("AUDIT_EVENT_DIFFERS", "Another event with this id is in the audit trail.");

inline constexpr auto audit_exports_open =
    conflict("AUDIT_EXPORTS_OPEN", "Three of your exports are not finished yet; ask again when one is.");
inline constexpr auto audit_export_not_found = not_found("AUDIT_EXPORT_NOT_FOUND", "Audit export not found.");
inline constexpr auto audit_export_not_ready =
    conflict("AUDIT_EXPORT_NOT_READY", "The export is not finished.");
inline constexpr auto audit_export_gone =
    not_found("AUDIT_EXPORT_GONE", "The export's file is no longer kept; ask for a new one.");

}  // namespace musterd
