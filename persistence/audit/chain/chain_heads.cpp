#include "persistence/audit/chain/chain_heads.hpp"

#include "persistence/audit/chain/noted_months.hpp"
#include "persistence/sql/dynamic_query.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace musterd {
namespace {

constexpr auto heads_sql = R"(
  SELECT c.tenant_id, c.chain_id, e.chain_seq, coalesce(encode(e.entry_hash, 'hex'), '')
  FROM unnest($1::uuid[], $2::uuid[]) c (tenant_id, chain_id) CROSS JOIN LATERAL (
    SELECT chain_seq, entry_hash FROM audit.entry e
    WHERE e.tenant_id = c.tenant_id AND e.chain_id = c.chain_id AND e.chain_seq > 0 {}
    ORDER BY chain_seq DESC LIMIT 1) e)";

/// Constants rather than parameters, so that other months are not even planned. Empty for an invalid month.
/// December 9999 has no upper bound: the month after it cannot be written.
std::string within(const audit_month& month) {
  using namespace std::chrono;
  auto first = parse_timestamp(month + "-01T00:00:00Z");
  if (!first)
    return {};
  auto sql = fmt::format("AND e.occurred_at >= '{}'", to_string(*first));
  auto next = local_date{floor<days>(*first)} + months{1};
  if (next.year() <= year{9999})
    sql += fmt::format(" AND e.occurred_at < '{}'", to_string(timestamp{sys_days{next}}));
  return sql;
}

/// Over all chains of a call. Real ones end in few months; anything noted beyond that costs one query.
constexpr std::size_t most_months_asked = 36;

void append_item(std::string& list, std::string_view item) {
  list += list.size() > 1 ? "," : "";
  list += item;
}

void add_heads(std::map<uuid, chain_head>& heads, const pqxx::result& rows) {
  for (const auto& row : rows) {
    chain_head head{{uuid::parse(row[0].c_str()).value()},
                    uuid::parse(row[1].c_str()).value(),
                    row[2].as<std::int64_t>(),
                    hash_from_hex(row[3].c_str()).value_or(chain_hash{})};
    auto& known = heads[head.chain_id];
    if (head.seq > known.seq)
      known = head;
  }
}

}  // namespace

void add_recent(std::vector<audit_month>& noted, timestamp now) {
  using namespace std::chrono;
  if (noted.empty())
    return;  // empty already means any month
  auto today = local_date{floor<days>(now)};
  auto first = today.year() / today.month() / 1;
  for (auto day : {first, first - months{1}})
    if (auto month = month_of(to_string(local_date{day})); std::ranges::find(noted, month) == noted.end())
      noted.push_back(std::move(month));
}

std::string months_array(const std::vector<audit_month>& months) {
  if (months.size() > most_noted)
    return "{}";  // any month
  std::string result = "{";
  for (const auto& month : months)
    append_item(result, month);
  return result + '}';
}

std::vector<audit_month> months_from(std::string_view comma_separated) {
  std::vector<audit_month> result;
  while (!comma_separated.empty()) {
    auto end = std::min(comma_separated.find(','), comma_separated.size());
    result.emplace_back(comma_separated.substr(0, end));
    comma_separated.remove_prefix(std::min(end + 1, comma_separated.size()));
  }
  return result;
}

std::map<uuid, chain_head> find_heads(pqxx::transaction_base& tx, const std::vector<chain_place>& places,
                                      const month_not_read& not_read) {
  struct asked {
    std::string tenants = "{", chains = "{";
  };
  std::map<audit_month, asked> by_month;
  auto ask = [&](const chain_place& place, const audit_month& month) {
    append_item(by_month[month].tenants, to_string(place.tenant));
    append_item(by_month[month].chains, to_string(place.chain_id));
  };
  for (const auto& place : places) {
    auto more = std::ranges::count_if(place.months, [&](const auto& m) { return !by_month.contains(m); });
    bool anywhere =
        place.months.empty() || by_month.size() + static_cast<std::size_t>(more) > most_months_asked;
    if (anywhere)
      ask(place, {});
    else
      for (const auto& month : place.months)
        ask(place, month);
  }
  std::map<uuid, chain_head> result;
  for (const auto& [month, of] : by_month)
    try {
      add_heads(result,
                run_query(tx, fmt::format(heads_sql, within(month)), {of.tenants + '}', of.chains + '}'}));
    } catch (const pqxx::sql_error& e) {
      if (!not_read)
        throw;
      not_read(month, e);
    }
  return result;
}

}  // namespace musterd
