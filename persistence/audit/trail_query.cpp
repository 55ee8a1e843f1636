#include "persistence/audit/trail_query.hpp"

#include <fmt/format.h>

namespace musterd {
namespace {

const std::string endless = "infinity";

}  // namespace

trail_query::trail_query(const std::string& database_url, const audit_selection& of,
                         const std::stop_token& cut, stream_patience patience)
    : tenant_{of.tenant ? to_string(*of.tenant) : ""},
      from_{of.date_from ? to_string(*of.date_from) : "-infinity"},
      to_{of.date_to ? to_string(*of.date_to) : endless}, whole_{of.is_whole()},
      db_{database_url, cut, std::move(patience)} {
  // By index order: sorting would hold everything in memory.
  for (const auto* begin : {"SET enable_sort = off", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"})
    if (!db_.run(begin))
      throw given_up{};
}

void trail_query::each(const std::string& sql, const std::vector<std::string>& parameters,
                       const std::function<void(const text_row&)>& take) {
  auto to_the_end = db_.each(sql, parameters, [&take](const text_row& row) {
    take(row);
    return true;
  });
  if (!to_the_end)
    throw given_up{};
}

std::string trail_query::of_tenant(std::string_view alias) const {
  // So that one tenant is found by index.
  return is_of_one_tenant() ? fmt::format("{}.tenant_id = $1::uuid", alias)
                            : fmt::format("($1 = '' OR {}.tenant_id::text = $1)", alias);
}

std::string trail_query::within(std::string_view time) const {
  return fmt::format("{0} >= $2::timestamptz AND {0} {1} $3::timestamptz", time, to_ == endless ? "<=" : "<");
}

uuid id_of(const std::optional<std::string_view>& field) {
  return uuid::parse(field.value_or("")).value_or(uuid{});
}

std::int64_t number_of(const std::optional<std::string_view>& field) {
  return field ? std::stoll(std::string{*field}) : 0;
}

chain_hash digest_of(const std::optional<std::string_view>& field) {
  return hash_from_hex(field.value_or("")).value_or(chain_hash{});
}

}  // namespace musterd
