#include "persistence/audit/find_audit_entries.hpp"

#include "domain/kernel/sql_value.hpp"
#include "persistence/audit/stored_entry.hpp"
#include "persistence/sql/dynamic_query.hpp"

#include <fmt/format.h>

namespace musterd {
namespace {

class condition_writer {
 public:
  explicit condition_writer(tenant_uuid tenant) { add("e.tenant_id = {}::uuid", to_string(tenant)); }

  template <class T>
  void add_if(std::string_view text, const std::optional<T>& value) {
    if constexpr (std::same_as<T, std::string>) {
      if (value)
        add(text, *value);
    } else if (value) {
      add(text, to_string(*value));
    }
  }
  void add(std::string_view text, std::string parameter) {
    result_.parameters.push_back(std::move(parameter));
    add(fmt::format(fmt::runtime(text), fmt::format("${}", result_.parameters.size())));
  }
  void add(std::string text) {
    result_.sql += result_.sql.empty() ? "" : " AND ";
    result_.sql += text;
  }
  audit_conditions take() { return std::move(result_); }

 private:
  audit_conditions result_;
};

constexpr std::string_view list_name = "audit_entries";
const list_order newest_first{
    {{"e.occurred_at", list_order::kind::instant}, {"e.entry_id", list_order::kind::id}}, true};

}  // namespace

outcome<audit_conditions> audit_conditions_of(tenant_uuid tenant, const audit_filters& f,
                                              const audit_rights& rights) {
  bool financial = f.category == audit_category::financial, general = f.category && !financial;
  if ((financial && !rights.financial) || (general && !rights.general) ||
      (!rights.general && !rights.financial))
    return access_denied();
  condition_writer where{tenant};
  // In the text, so that the planner sees that a partial index will do.
  if (f.category)
    where.add(fmt::format("e.category = '{}'", enum_name(*f.category)));
  else if (!rights.general)
    where.add("e.category = 'FINANCIAL'");
  else if (!rights.financial)
    where.add("e.category <> 'FINANCIAL'");
  if (rights.general && !rights.general->everywhere && !financial)
    where.add("(e.category = 'FINANCIAL' OR e.location_id = ANY ({}::uuid[]))",
              array_literal(rights.general->locations));
  if (rights.financial && !rights.financial->everywhere && !general)
    where.add("(e.category <> 'FINANCIAL' OR e.location_id = ANY ({}::uuid[]))",
              array_literal(rights.financial->locations));
  where.add_if("e.event_type = {}", f.event_type);
  where.add_if("e.actor_id = {}::uuid", f.actor_id);
  where.add_if("e.subject_type = {}", f.subject_type);
  where.add_if("e.subject_id = {}::uuid", f.subject_id);
  where.add_if("e.location_id = {}::uuid", f.location_id);
  where.add_if("e.refs <> '{{}}' AND e.refs @> ARRAY[{}::text]", f.reference);
  where.add_if("e.occurred_at >= {}::timestamptz", f.date_from);
  where.add_if("e.occurred_at < {}::timestamptz", f.date_to);
  return where.take();
}

std::optional<page_start> audit_page_places::nearest(const std::string& reader, std::int64_t page_index) {
  std::lock_guard lock{mutex_};
  auto found = std::find_if(recent_.begin(), recent_.end(), [&](const auto& r) { return r.first == reader; });
  if (found == recent_.end())
    return std::nullopt;
  auto behind = found->second.upper_bound(page_index);
  return behind == found->second.begin() ? std::nullopt : std::optional{std::prev(behind)->second};
}

void audit_page_places::remember(const std::string& reader, const page_start& next_page) {
  std::lock_guard lock{mutex_};
  auto found = std::find_if(recent_.begin(), recent_.end(), [&](const auto& r) { return r.first == reader; });
  if (found == recent_.end())
    recent_.emplace_front(reader, std::map<std::int64_t, page_start>{});
  else
    recent_.splice(recent_.begin(), recent_, found);
  auto& places = recent_.front().second;
  if (next_page.page_index == 1)
    places.clear();
  places[next_page.page_index] = next_page;
  if (places.size() > max_places)
    places.erase(places.begin());
  if (recent_.size() > max_readers)
    recent_.pop_back();
}

outcome<page<audit_entry_view>> find_audit_entries(pqxx::transaction_base& tx, const audit_conditions& which,
                                                   bool with_payload, const page_limits& limits,
                                                   audit_page_places& places, const std::string& reader) {
  auto start = limits.token ? std::optional{read_page_token(*limits.token, list_name, newest_first)}
                            : places.nearest(reader, limits.index);
  auto skipped = limits.token ? 0 : (limits.index - (start ? start->page_index : 0)) * limits.size;
  if (skipped > most_counted)
    return validation_failed(
        {{"pageIndex", fmt::format("pageIndex must be near a page that was read before: at most {} "
                                   "entries further. Follow nextPageToken, or use dateTo to go back in time.",
                                   most_counted)}});
  auto where = which;
  if (start) {
    where.parameters.push_back(start->behind);
    where.sql += " AND " + newest_first.behind(fmt::format("${}", where.parameters.size()));
  }
  auto read = fmt::format(R"(
    SELECT m.*, row_number() OVER (ORDER BY sorted_at DESC, sorted_id DESC) AS position FROM (
      SELECT {}, {} AS place, octet_length(e.details::text) AS bytes, e.occurred_at AS sorted_at,
        e.entry_id AS sorted_id
      FROM audit.entry e WHERE {} ORDER BY {} LIMIT {} OFFSET {}) m)",
                          stored_entry_columns(), newest_first.place(), where.sql, newest_first.by(),
                          limits.size + 1, skipped);
  auto rows = run_query(tx, page_of_bytes(read, "bytes"), where.parameters);
  page<audit_entry_view> result{{}, limits.token ? start->page_index : limits.index, limits.size};
  auto size = std::min<std::int64_t>(static_cast<std::int64_t>(rows.size()), limits.size);
  for (std::int64_t i = 0; i < size; ++i)
    result.items.push_back(
        view_of(read_what_fits(rows[static_cast<pqxx::result::size_type>(i)]), with_payload));
  if (size > 0 && rows[0]["there"].as<std::int64_t>() > size) {
    auto last = rows[static_cast<pqxx::result::size_type>(size - 1)];
    page_start next{result.page_index + 1, last["place"].as<std::string>()};
    result.next_page_token = page_token(list_name, next);
    if (!limits.token)
      places.remember(reader, next);
  }
  auto is_whole = !start && skipped == 0 && !result.next_page_token;
  auto counted = is_whole ? size : count_audit_entries(tx, which, limits.count_up_to + 1);
  result.total_count = std::min(counted, limits.count_up_to);
  result.total_is_exact = counted <= limits.count_up_to;
  return result;
}

std::optional<audit_entry_detail> find_audit_entry(pqxx::transaction_base& tx, const audit_conditions& which,
                                                   audit_entry_uuid id, bool with_payload) {
  auto where = which;
  where.parameters.push_back(to_string(id));
  auto rows = run_query(tx,
                        fmt::format("SELECT {} FROM audit.entry e WHERE {} AND e.entry_id = ${}::uuid",
                                    stored_entry_columns(), where.sql, where.parameters.size()),
                        where.parameters);
  if (rows.empty())
    return std::nullopt;
  auto read = read_what_fits(rows[0]);
  const auto& stored = read.stored;
  audit_entry_detail result;
  static_cast<audit_entry_view&>(result) = view_of(read, with_payload);
  if (!stored.chain_id.is_nil())
    result.chain_id = stored.chain_id;
  result.chain_seq = stored.chain_seq;
  result.entry_hash = to_hex(stored.entry_hash);
  return result;
}

std::int64_t count_audit_entries(pqxx::transaction_base& tx, const audit_conditions& which,
                                 std::int64_t cap) {
  return run_query(tx,
                   fmt::format("SELECT count(*) FROM (SELECT FROM audit.entry e WHERE {} LIMIT {}) e",
                               which.sql, cap),
                   which.parameters)[0][0]
      .as<std::int64_t>();
}

}  // namespace musterd
