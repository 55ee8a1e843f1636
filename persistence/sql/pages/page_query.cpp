#include "persistence/sql/pages/page_query.hpp"

#include <fmt/format.h>

namespace musterd {
namespace {

/// Rows of (count, item as JSON, its place, rows read): up to one more than the page holds, bytes permitting.
/// $2 is the place to begin after, or NULL; $3 is {rows to skip, to read, to count}. A page past the end has
/// no row for the count, so the outer join yields one.
std::string paged_sql(std::string_view source, const list_order& order) {
  auto read = fmt::format(R"(
      SELECT to_jsonb(m)::text AS item, {1} AS place, row_number() OVER (ORDER BY {0}) AS position
      FROM (SELECT * FROM matching WHERE $2::jsonb IS NULL OR ({2})
            ORDER BY {0} OFFSET ($3::bigint[])[1] LIMIT ($3::bigint[])[2]) m)",
                          order.by(), order.place(), order.behind("$2"));
  return fmt::format(R"(
    WITH matching AS NOT MATERIALIZED ({0})
    SELECT t.total, p.item, p.place, p.there
    FROM (SELECT count(*) AS total FROM (SELECT FROM matching LIMIT ($3::bigint[])[3]) c) t
    LEFT JOIN ({1}) p ON true
    ORDER BY p.position)",
                     source, page_of_bytes(read, "octet_length(item)"));
}

}  // namespace

std::string page_of_bytes(std::string_view rows, std::string_view bytes) {
  return fmt::format(R"(
    SELECT * FROM (
      SELECT r.*, count(*) OVER () AS there, sum({1}) OVER (
        ORDER BY position ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes_before
      FROM ({0}) r) s
    WHERE coalesce(bytes_before, 0) < {2} ORDER BY position)",
                     rows, bytes, most_page_bytes);
}

list_statement::list_statement(std::string name, std::string_view source, list_order order)
    : order_{std::move(order)}, statement_{std::move(name), paged_sql(source, order_)} {}

std::optional<page_start> list_statement::start_of(const page_limits& limits) const {
  if (!limits.token)
    return std::nullopt;
  return read_page_token(*limits.token, statement_.name(), order_);
}

std::optional<std::string> list_statement::place_of(const std::optional<page_start>& start) {
  return start ? std::optional{start->behind} : std::nullopt;
}

std::string list_statement::window_of(const page_limits& limits) {
  return fmt::format("{{{},{},{}}}", limits.token ? 0 : limits.index * limits.size, limits.size + 1,
                     limits.count_up_to + 1);
}

void list_statement::count(const pqxx::result& rows, const page_limits& limits, std::int64_t& total,
                           bool& exact) {
  auto counted = rows.at(0)[0].as<std::int64_t>();
  exact = counted <= limits.count_up_to;
  total = std::min(counted, limits.count_up_to);
}

std::optional<std::string> list_statement::next_token(const pqxx::result& rows, std::size_t shown,
                                                      std::int64_t page_index) const {
  if (shown == 0 || rows[0][3].as<std::size_t>() <= shown)
    return std::nullopt;
  auto last = static_cast<pqxx::result::size_type>(shown - 1);
  return page_token(statement_.name(), {page_index + 1, rows[last][2].as<std::string>()});
}

std::string anywhere(std::string_view part) {
  std::string result = "%";
  for (char c : part) {
    if (c == '%' || c == '_' || c == '\\')
      result += '\\';
    result += c;
  }
  return result + '%';
}

}  // namespace musterd
