#include "persistence/page_query.hpp"

#include <fmt/format.h>

namespace musterd {

std::string paged_sql(std::string_view source, std::string_view order) {
  return fmt::format(R"(
    WITH matching AS ({})
    SELECT t.total, p.item
    FROM (SELECT count(*) AS total FROM matching) t
    LEFT JOIN LATERAL (SELECT to_jsonb(m) AS item, row_number() OVER (ORDER BY {}) AS place FROM matching m) p
      ON p.place > $2::bigint AND p.place <= $3::bigint
    ORDER BY p.place)",
                     source, order);
}

}  // namespace musterd
