#pragma once

#include "domain/person/records.hpp"

/// Erasing a person's identity after they have left (GDPR, article 17; docs/decisions/0041).
namespace musterd {

/// Marks a person as erased: names go in the same commit, the rest follows in batches
/// (persistence/jobs/erasures.hpp).
struct person_erasure {
  musterd::person_uuid person_id;
  std::optional<musterd::user_uuid> user_id;
  timestamp erased_at{};
  uuid erased_by;
  friend bool operator==(const person_erasure&, const person_erasure&) = default;
};
BOOST_DESCRIBE_STRUCT(person_erasure, (), (person_id, user_id, erased_at, erased_by))
template <>
struct table_of<person_erasure> : insert_table<"people.person_erasure", "person_id"> {};

/// Replaces names from then on; reserved, so nobody else may be called so.
std::string pseudonym_of(person_uuid person);
inline constexpr std::string_view pseudonym_prefix = "erased-";

/// Why a person cannot be erased yet.
enum class erasure_obstacle {
  user_active,
  employment_not_ended,
  offboarding_case_open,
  time_running,
  retention_holds
};
BOOST_DESCRIBE_ENUM(erasure_obstacle, user_active, employment_not_ended, offboarding_case_open, time_running,
                    retention_holds)

struct erasure_view {
  musterd::person_uuid person_id;
  std::string pseudonym;
  timestamp erased_at{};
  uuid erased_by;
};
BOOST_DESCRIBE_STRUCT(erasure_view, (), (person_id, pseudonym, erased_at, erased_by))
erasure_view view_of(const person_erasure& erasure);

/// GET /api/people/persons/{personId}/erasure.
struct erasure_progress : erasure_view {
  /// When the last of it was erased; absent while notes, sign-ins and the like are still left.
  std::optional<timestamp> completed_at;
};
BOOST_DESCRIBE_STRUCT(erasure_progress, (erasure_view), (completed_at))

}  // namespace musterd
