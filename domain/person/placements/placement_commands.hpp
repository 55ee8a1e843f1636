#pragma once

#include "domain/access/faults.hpp"
#include "domain/company/faults.hpp"
#include "domain/kernel/version_check.hpp"
#include "domain/person/events.hpp"
#include "domain/person/faults.hpp"
#include "domain/person/views.hpp"

/// What may be asked of where somebody works (Story 86). In the API these are location assignments.
namespace musterd {

/// S86-F5. A primary one ends the primary one before it.
struct place_person {
  static constexpr std::string_view name = "place_person";
  static constexpr int success_status = 201;
  using answer = placement_view;
  static constexpr std::array faults{person_not_found,  location_not_found, person_not_active,
                                     placement_overlap, primary_overlap,    exceeds_own_authority};

  musterd::person_uuid person_id;
  location_uuid location_id;
  std::string role;
  bool is_primary = false;
  timestamp effective_start_at{};
  std::optional<timestamp> effective_end_at;
  std::optional<std::string> change_reason_code;
};
BOOST_DESCRIBE_STRUCT(place_person, (),
                      (person_id, location_id, role, is_primary, effective_start_at, effective_end_at,
                       change_reason_code))
person_rule<place_person> decide;

struct placement_changes {
  std::optional<timestamp> effective_start_at;
  /// Null: ongoing.
  std::optional<std::optional<timestamp>> effective_end_at;
  std::optional<bool> is_primary;
  std::optional<std::string> change_reason_code;
  std::optional<std::int64_t> version;
};
BOOST_DESCRIBE_STRUCT(placement_changes, (),
                      (effective_start_at, effective_end_at, is_primary, change_reason_code, version))

/// S86-F6: person, location and role never change.
struct change_placement : placement_changes {
  static constexpr std::string_view name = "change_placement";
  static constexpr int success_status = 200;
  using answer = placement_view;
  using body = placement_changes;
  static constexpr std::array faults{placement_not_found,  placement_ended,   version_conflict,
                                     precondition_failed,  placement_overlap, primary_overlap,
                                     exceeds_own_authority};

  location_assignment_uuid assignment_id;
  std::optional<std::int64_t> if_match;
};
BOOST_DESCRIBE_STRUCT(change_placement, (placement_changes), (assignment_id, if_match))
person_rule<change_placement> decide;

struct placement_end {
  std::optional<timestamp> effective_end_at;
  std::optional<std::string> change_reason_code;
};
BOOST_DESCRIBE_STRUCT(placement_end, (), (effective_end_at, change_reason_code))

/// S86-F7: now, unless it says when.
struct end_placement : placement_end {
  static constexpr std::string_view name = "end_placement";
  static constexpr int success_status = 200;
  using answer = location_assignment;
  using body = placement_end;
  static constexpr std::array faults{placement_not_found, placement_ended};

  location_assignment_uuid assignment_id;
};
BOOST_DESCRIBE_STRUCT(end_placement, (placement_end), (assignment_id))
person_rule<end_placement> decide;

/// Field rules that the types cannot express.
void validate(const place_person& c, std::vector<field_error>& errors);
void validate(const change_placement& c, std::vector<field_error>& errors);
void validate(const end_placement& c, std::vector<field_error>& errors);

}  // namespace musterd
