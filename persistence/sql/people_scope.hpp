#pragma once

#include "common/text/uuid.hpp"
#include "persistence/sql/pages/page_query.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Whose records a caller may see (docs/decisions/0034-scope.md).
namespace musterd {

/// Everybody, or the people placed or assigned at some shops from `at` on. Nobody by default.
struct people_scope {
  bool everywhere = false;
  std::vector<location_uuid> shops = {};
  timestamp at{};

  static people_scope everybody() { return {true}; }

  /// As a statement parameter: NULL for everybody.
  std::optional<std::string> shops_parameter() const;
};

/// SQL that is true for the people of these shops: `person` is the column with their id, `shops` a uuid[],
/// `at` the instant, $1 the tenant.
std::string placed_or_assigned(std::string_view person, std::string_view shops, std::string_view at);

/// The same for a single record, where `shops` may be NULL, for everybody.
std::string visible_person(std::string_view person, std::string_view shops, std::string_view at);

/// SQL for the author of a record: `author`, a column with a user's id, or nil where `shops` do not show that
/// user's person.
std::string author_shown(std::string_view author, std::string_view shops, std::string_view at);

/// A list of people or of what belongs to them; cannot be read without a scope.
class people_list {
 public:
  /// As for `list_statement`. The source ends in its WHERE clause; `person` is its column with the person's
  /// id, $4 are the shops, $5 is the instant, further parameters belong to the source.
  people_list(const std::string& name, const std::string& source, std::string_view person,
              const list_order& order);

  /// Throws `page_token_refused`.
  template <class T, class... Args>
  page<T> read(pqxx::transaction_base& tx, tenant_uuid tenant, const people_scope& scope,
               const page_limits& limits, const Args&... own) const {
    const auto& list = scope.everywhere ? of_everybody_ : of_shops_;
    return list.template read<T>(tx, tenant, limits, scope.shops_parameter(), to_string(scope.at), own...);
  }

 private:
  /// Two statements: one plan starts from the list's order, the other from the shops' people.
  list_statement of_everybody_, of_shops_;
};

}  // namespace musterd
