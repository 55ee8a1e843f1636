#include "persistence/sql/people_scope.hpp"

#include "domain/kernel/context.hpp"
#include "domain/kernel/sql_value.hpp"

#include <fmt/format.h>

namespace musterd {

std::optional<std::string> people_scope::shops_parameter() const {
  return everywhere ? std::nullopt : std::optional{array_literal(shops)};
}

std::string placed_or_assigned(std::string_view person, std::string_view shops, std::string_view at) {
  // Empty intervals are never in force. The expressions are those of the indexes `placement_at_shop` and
  // `assignment_at_shop`, so expired rows are not read.
  return fmt::format(R"({0} IN (
    SELECT sp.person_id FROM people.location_assignment sp
    WHERE sp.tenant_id = $1 AND sp.location_id = ANY ({1}::uuid[])
      AND coalesce(sp.effective_end_at, 'infinity') > {2}::timestamptz
      AND (sp.effective_end_at IS NULL OR sp.effective_end_at > sp.effective_start_at)
    UNION ALL
    SELECT su.person_id FROM people.role_assignment sa JOIN security.app_user su USING (tenant_id, user_id)
    WHERE sa.tenant_id = $1 AND sa.location_id = ANY ({1}::uuid[])
      AND coalesce(sa.effective_end_date, 'infinity') > {2}::timestamptz
      AND (sa.effective_end_date IS NULL OR sa.effective_end_date > sa.effective_start_date)))",
                     person, shops, at);
}

std::string visible_person(std::string_view person, std::string_view shops, std::string_view at) {
  return fmt::format("({0}::uuid[] IS NULL OR {1})", shops, placed_or_assigned(person, shops, at));
}

std::string author_shown(std::string_view author, std::string_view shops, std::string_view at) {
  return fmt::format(R"(CASE WHEN {1}::uuid[] IS NULL OR {0} = '{2}' OR {0} IN (
    SELECT w.user_id FROM security.app_user w WHERE w.tenant_id = $1 AND {3}) THEN {0} ELSE '{4}' END)",
                     author, shops, to_string(system_principal), placed_or_assigned("w.person_id", shops, at),
                     to_string(uuid{}));
}

people_list::people_list(const std::string& name, const std::string& source, std::string_view person,
                         const list_order& order)
    // A scope given to the wrong list finds nothing.
    : of_everybody_{name, source + " AND $4::uuid[] IS NULL AND $5::timestamptz IS NOT NULL", order},
      of_shops_{name + "_of_shops", source + " AND " + placed_or_assigned(person, "$4", "$5"), order} {}

}  // namespace musterd
