#pragma once

#include "domain/audit/audit_trace.hpp"
#include "domain/kernel/effects.hpp"

namespace musterd {

/// Subject of the audit entry of a changed record.
struct change_subject {
  audit_category category;
  std::string_view event_type;
  std::string_view subject_type;
  uuid subject_id;
  std::optional<location_uuid> location_id = {};
  std::optional<std::string> reason_code = {};
};

/// A change as auditors see it: the record before (absent for a new one) and after.
template <class Record>
struct state_change {
  std::optional<Record> before_state;
  Record after_state;
  BOOST_DESCRIBE_CLASS(state_change, (), (before_state, after_state), (), ())
};

template <class Record>
audit_entry change_entry(const request_context& ctx, uuid entry_id, const change_subject& of,
                         const std::optional<Record>& before, const Record& after) {
  auto entry = audit_from(ctx, entry_id, of.category, std::string{of.event_type});
  entry.subject_type = of.subject_type;
  entry.subject_id = of.subject_id;
  entry.location_id = of.location_id;
  entry.reason_code = of.reason_code;
  entry.details.text = traced(ctx, to_json(state_change<Record>{before, after}));
  return entry;
}

template <class Record>
void write_change(effects& out, const request_context& ctx, uuid entry_id, const change_subject& of,
                  const std::optional<Record>& before, const Record& after) {
  out.write(ctx.tenant, change_entry(ctx, entry_id, of, before, after));
}

}  // namespace musterd
