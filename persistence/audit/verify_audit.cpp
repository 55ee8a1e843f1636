#include "persistence/audit/verify_audit.hpp"

#include "persistence/jobs/erasure_claims.hpp"
#include "persistence/sql/dynamic_query.hpp"

#include <fmt/format.h>

#include <limits>
#include <set>

namespace musterd {
namespace {

constexpr std::size_t problems_listed = 100;
constexpr std::int64_t asked_every = 1000;
constexpr auto last_seq = std::numeric_limits<std::int64_t>::max();

constexpr auto chains_sql = R"(
  SELECT c.tenant_id, c.chain_id, to_char(c.opened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    encode(c.mac, 'hex'), coalesce((SELECT max(e.chain_seq) FROM audit.entry e
      WHERE e.tenant_id = c.tenant_id AND e.chain_id = c.chain_id), 0)
  FROM audit.chain c WHERE $1 = '' OR c.tenant_id::text = $1)";

constexpr auto links_sql = R"(
  SELECT tenant_id, earlier_chain_id, seq, encode(hash, 'hex'), chain_id FROM audit.chain_link
  WHERE $1 = '' OR tenant_id::text = $1 ORDER BY tenant_id, chain_id, earlier_chain_id)";

constexpr auto tails_sql = "SELECT chain_id FROM audit.chain_tail WHERE $1 = '' OR tenant_id::text = $1";

constexpr auto parts_sql = R"(
  SELECT e.chain_id, min(e.chain_seq), max(e.chain_seq) FROM audit.entry e WHERE {} AND e.occurred_at >= $2::timestamptz AND e.occurred_at < $3::timestamptz
    AND e.chain_id IS NOT NULL GROUP BY e.chain_id)";

constexpr auto strangers_sql = R"(
  SELECT e.entry_id, e.chain_id, coalesce(e.chain_seq, 0) FROM audit.entry e
  WHERE {} AND e.occurred_at >= $2::timestamptz AND e.occurred_at < $3::timestamptz AND (e.chain_seq IS NULL
    OR NOT EXISTS (SELECT FROM audit.chain c WHERE c.tenant_id = e.tenant_id AND c.chain_id = e.chain_id))
  LIMIT 1000)";

uuid id_of(const std::optional<std::string_view>& field) {
  return uuid::parse(field.value_or("")).value_or(uuid{});
}
std::int64_t number_of(const std::optional<std::string_view>& field) {
  return field ? std::stoll(std::string{*field}) : 0;
}
chain_hash digest_of(const std::optional<std::string_view>& field) {
  return hash_from_hex(field.value_or("")).value_or(chain_hash{});
}

class verifier {
 public:
  verifier(const std::string& url, const audit_key& key, const audit_selection& selection,
           const std::function<bool()>& go_on, const std::stop_token& cut)
      : db_{url, cut}, key_{key}, go_on_{go_on},
        tenant_{selection.tenant ? to_string(*selection.tenant) : ""},
        from_{selection.date_from ? to_string(*selection.date_from) : "-infinity"},
        to_{selection.date_to ? to_string(*selection.date_to) : "infinity"},
        whole_{!selection.date_from && !selection.date_to} {
    db_.run("SET enable_sort = off");  // in the order of the index: sorting would keep everything
    db_.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  }

  std::optional<audit_verification> run(const std::map<uuid, chain_head>& anchors) {
    read_chains();
    claims_.read(db_, tenant_, [this] { return going_ = go_on_(); });
    for (const auto& [id, head] : anchors)
      if (tenant_.empty() || to_string(head.tenant) == tenant_)
        seen_[id].push_back(head);
    check_openings();
    check_ends();
    check_tails();
    for (const auto& [id, part] : parts())
      if (auto chain = chains_.find(id); chain != chains_.end() && going_)
        check_entries(chain->second, part.first, part.second);
    find_strangers();
    if (!going_)
      return std::nullopt;
    return std::move(result_);
  }

 private:
  struct chain {
    chain_opening opening;
    chain_hash mac{};
    std::int64_t last = 0;
  };

  void report(audit_problem problem) {
    result_.valid = false;
    ++result_.problem_count;
    if (result_.problems.size() < problems_listed)
      result_.problems.push_back(std::move(problem));
  }

  /// So that the index is used where there is a tenant to look for.
  std::string of_tenant(std::string_view sql) const {
    return fmt::format(fmt::runtime(sql), tenant_.empty() ? "$1 = ''" : "e.tenant_id = $1::uuid");
  }

  void read_chains() {
    db_.each(chains_sql, {tenant_}, [&](const text_row& row) {
      auto id = id_of(row[1]);
      chains_[id] = {{{id_of(row[0])}, id, parse_timestamp(row[2].value_or("")).value_or(timestamp{}), {}},
                     digest_of(row[3]),
                     number_of(row[4])};
      return true;
    });
    db_.each(links_sql, {tenant_}, [&](const text_row& row) {
      chain_head head{{id_of(row[0])}, id_of(row[1]), number_of(row[2]), digest_of(row[3])};
      seen_[head.chain_id].push_back(head);
      named_[head.chain_id].push_back(head.seq);
      if (auto by = chains_.find(id_of(row[4])); by != chains_.end())
        by->second.opening.earlier.push_back(head);
      return true;
    });
  }

  /// What is gone must be of somebody who was erased, or have been purged by its age.
  void check_personal(const stored_entry& of) {
    if (!has_personal_values(of.entry.category))
      return;
    for (const auto& v : check_values(of.entry.details.text, of.personal))
      if (v.state == value_state::changed)
        report({audit_problem_kind::changed, of.chain_id, of.chain_seq, of.entry.entry_id,
                fmt::format("{} is not what was written.", v.field)});
      else if (v.state == value_state::gone && !claims_.excuse(of, v))
        report({audit_problem_kind::missing, of.chain_id, of.chain_seq, of.entry.entry_id,
                v.field + (claims_.is_claimed_falsely(of, v)
                               ? " is gone, and the entry that says it was erased is not ours."
                               : " is gone, and no entry says that it was erased.")});
  }

  void check_openings() {
    for (const auto& [id, chain] : chains_) {
      ++result_.chains_checked;
      auto form = form_of(key_, chain.opening, chain.mac);
      if (form == opening_form::names_all_open)
        in_tails_.insert(id);
      if (!form)
        report({audit_problem_kind::changed,
                id,
                0,
                {},
                "The chain's opening is not what was written, or not ours."});
    }
  }

  /// What others saw of each chain must still be there.
  void check_ends() {
    for (const auto& [id, heads] : seen_) {
      auto chain = chains_.find(id);
      if (chain == chains_.end()) {
        report({audit_problem_kind::missing, id, 0, {}, "A whole chain is missing."});
        continue;
      }
      std::int64_t furthest = 0;
      for (const auto& head : heads)
        furthest = std::max(furthest, head.seq);
      if (furthest > chain->second.last)
        report({audit_problem_kind::cut,
                id,
                chain->second.last + 1,
                {},
                fmt::format("The chain once reached entry {}.", furthest)});
    }
  }

  /// Openings look for what is left to be named among the tails. A chain that was taken from them could be
  /// cut, and nobody would know.
  void check_tails() {
    std::set<uuid> tails;
    db_.each(tails_sql, {tenant_}, [&](const text_row& row) {
      tails.insert(id_of(row[0]));
      return true;
    });
    for (const auto& id : in_tails_) {
      const auto& heads = named_[id];
      auto last = chains_.at(id).last;
      bool is_named = std::any_of(heads.begin(), heads.end(), [&](auto seq) { return seq >= last; });
      if (!is_named && !tails.contains(id))
        report({audit_problem_kind::missing, id, last, {}, "The chain was taken from the open ones."});
    }
  }

  /// From where to where each chain is followed.
  std::map<uuid, std::pair<std::int64_t, std::int64_t>> parts() {
    std::map<uuid, std::pair<std::int64_t, std::int64_t>> result;
    if (whole_)
      for (const auto& [id, chain] : chains_)
        result[id] = {1, last_seq};
    else
      db_.each(of_tenant(parts_sql), {tenant_, from_, to_}, [&](const text_row& row) {
        result[id_of(row[0])] = {number_of(row[1]), number_of(row[2])};
        return true;
      });
    return result;
  }

  void check_entries(const chain& of, std::int64_t from, std::int64_t to) {
    const auto& [tenant, id, opened_at, earlier] = of.opening;
    auto report_it = [this](audit_problem p) { report(std::move(p)); };
    auto checker = from <= 1 ? chain_checker{key_, {tenant, id, 0, of.mac}, report_it}
                             : chain_checker{key_, tenant, id, from - 1, report_it};
    for (const auto& head : seen_[id])
      checker.expect(head);
    static const auto sql =
        "SELECT " + stored_entry_columns() +
        " FROM audit.entry e WHERE e.tenant_id = $1::uuid AND e.chain_id = $2::uuid"
        " AND e.chain_seq >= $3::bigint AND e.chain_seq <= $4::bigint ORDER BY e.chain_seq";
    constexpr auto chain_seq_column = boost::mp11::mp_size<members_of<audit_entry>>::value + 2;
    auto first = from <= 1 ? std::numeric_limits<std::int64_t>::min() : from - 1;
    db_.each(sql, {to_string(tenant), to_string(id), std::to_string(first), std::to_string(to)},
             [&](const text_row& row) {
               auto read = read_entry(row);
               chain_checker::row next;
               next.seq = number_of(row[chain_seq_column]);
               if (auto entry_id = uuid::parse(row[0].value_or("")))
                 next.entry_id = audit_entry_uuid{*entry_id};
               if (read) {
                 next.content = write_row(read->tenant, read->entry);
                 check_personal(*read);
               }
               next.hash = digest_of(row[chain_seq_column + 1]);
               checker.add(std::move(next));
               going_ = ++result_.entries_checked % asked_every != 0 || go_on_();
               return going_;
             });
    checker.finish();
  }

  void find_strangers() {
    if (going_)
      db_.each(of_tenant(strangers_sql), {tenant_, from_, to_}, [&](const text_row& row) {
        report({audit_problem_kind::inserted, id_of(row[1]), number_of(row[2]),
                audit_entry_uuid{id_of(row[0])}, "The entry is in no chain of ours."});
        return true;
      });
  }

  row_stream db_;
  const audit_key& key_;
  const std::function<bool()>& go_on_;
  std::string tenant_, from_, to_;
  bool whole_, going_ = true;
  std::map<uuid, chain> chains_;
  std::map<uuid, std::vector<chain_head>> seen_;
  /// How far openings have named each chain.
  std::map<uuid, std::vector<std::int64_t>> named_;
  /// Chains that stand among the tails until they are named for good; older ones never did.
  std::set<uuid> in_tails_;
  erasure_claims claims_{key_, [this](const uuid& chain_id) {
                           auto found = chains_.find(chain_id);
                           return found == chains_.end() ? std::nullopt : std::optional{found->second.mac};
                         }};
  audit_verification result_;
};

}  // namespace

std::optional<tenant_uuid> find_tenant(pqxx::transaction_base&& tx, const std::string& code) {
  auto rows = run_query(tx, "SELECT tenant_id FROM people.tenant WHERE code = $1", {code});
  return rows.empty() ? std::nullopt : std::optional{tenant_uuid{uuid::parse(rows[0][0].c_str()).value()}};
}

std::optional<audit_verification> verify_audit(const std::string& database_url, const audit_key& key,
                                               const audit_anchors& anchors, const audit_selection& selection,
                                               const std::function<bool()>& go_on,
                                               const std::stop_token& cut) {
  auto remembered = anchors.read();  // before the snapshot: it cannot know of what comes later
  return verifier{database_url, key, selection, go_on, cut}.run(remembered);
}

}  // namespace musterd
