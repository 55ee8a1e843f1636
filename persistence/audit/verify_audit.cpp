#include "persistence/audit/verify_audit.hpp"

#include "persistence/audit/known_chains.hpp"
#include "persistence/jobs/erasure_claims.hpp"
#include "persistence/sql/dynamic_query.hpp"

#include <fmt/format.h>

#include <limits>

namespace musterd {
namespace {

constexpr std::size_t problems_listed = 100;
constexpr auto last_seq = std::numeric_limits<std::int64_t>::max();

constexpr auto parts_sql = R"(
  SELECT e.chain_id, min(e.chain_seq), max(e.chain_seq) FROM audit.entry e WHERE {} AND {}
    AND e.chain_id IS NOT NULL GROUP BY e.chain_id)";

constexpr auto next_sql = R"(
  SELECT e.chain_seq, CASE WHEN e.occurred_at >= $5::timestamptz THEN 1 ELSE 0 END FROM audit.entry e
  WHERE e.tenant_id = $1::uuid AND e.chain_id = $2::uuid AND e.chain_seq >= $3::bigint AND e.chain_seq < $4::bigint
    AND e.category <> 'FINANCIAL' ORDER BY e.chain_seq LIMIT 1)";

constexpr auto strangers_sql = R"(
  SELECT e.entry_id, e.chain_id, coalesce(e.chain_seq, 0) FROM audit.entry e
  WHERE {} AND {} AND (e.chain_seq IS NULL
    OR NOT EXISTS (SELECT FROM audit.chain c WHERE c.tenant_id = e.tenant_id AND c.chain_id = e.chain_id))
  LIMIT 1000)";

class verifier {
 public:
  verifier(const std::string& url, const audit_key& key, const audit_selection& selection,
           const stream_patience& patience, const std::stop_token& cut)
      : trail_{url, selection, cut, patience}, key_{key} {}

  audit_verification run(const std::map<uuid, chain_head>& anchors) {
    auto parts = trail_.is_whole() ? std::map<uuid, part>{} : read_parts();
    std::vector<uuid> with_entries;
    for (const auto& [id, unused] : parts)
      with_entries.push_back(id);
    chains_ = read_chains(trail_, anchors, with_entries);
    claims_.read(trail_);
    check_openings();
    check_ends();
    check_tails();
    for (const auto& [id, chain] : chains_.verified)
      if (trail_.is_whole()) {
        check_entries(chain, {1, last_seq});
      } else {
        auto found = parts.find(id);
        check_entries(chain, part_of(chain, found == parts.end() ? nullptr : &found->second));
      }
    find_strangers();
    return std::move(result_);
  }

 private:
  /// The range of a chain to check.
  struct part {
    std::int64_t from = 0, to = 0;
  };

  void report(audit_problem problem) {
    result_.valid = false;
    ++result_.problem_count;
    if (result_.problems.size() < problems_listed)
      result_.problems.push_back(std::move(problem));
  }

  /// Missing values must be of an erased person, or have been purged by age.
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
    for (const auto& [id, chain] : chains_.verified) {
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

  /// What witnesses saw of each chain must still be there.
  void check_ends() {
    for (const auto& [id, heads] : chains_.seen) {
      auto last = chains_.end_of(id);
      if (!last) {
        report({audit_problem_kind::missing, id, 0, {}, "A whole chain is missing."});
        continue;
      }
      std::int64_t furthest = 0;
      for (const auto& head : heads)
        furthest = std::max(furthest, head.seq);
      if (furthest > *last)
        report({audit_problem_kind::cut,
                id,
                *last + 1,
                {},
                fmt::format("The chain once reached entry {}.", furthest)});
    }
  }

  /// Openings look among the tails for chains still to be named. A chain removed from the tails could be cut
  /// unnoticed.
  void check_tails() {
    for (const auto& id : in_tails_) {
      auto last = chains_.verified.at(id).last;
      auto named = chains_.named.find(id);
      bool is_named = named != chains_.named.end() && named->second >= last;
      if (!is_named && !chains_.tails.contains(id))
        report({audit_problem_kind::missing, id, last, {}, "The chain was taken from the open ones."});
    }
  }

  std::map<uuid, part> read_parts() {
    std::map<uuid, part> result;
    trail_.each(fmt::format(parts_sql, trail_.of_tenant("e"), trail_.within("e.occurred_at")),
                {trail_.tenant(), trail_.from(), trail_.to()},
                [&](const text_row& row) { result[id_of(row[0])] = {number_of(row[1]), number_of(row[2])}; });
    return result;
  }

  /// The entries of a chain around a time: the last before it (0 without one) and the first after it (or one
  /// more than there are). Found by bisection, as entries are nearly in time order; except FINANCIAL ones,
  /// whose time is their producer's and says nothing of when they came.
  part around(const known_chains::chain& of, const std::string& time) {
    part result{0, of.last == last_seq ? last_seq : of.last + 1};
    auto behind = result.to;
    while (behind - result.from > 1) {
      auto middle = result.from + (behind - result.from) / 2;
      std::optional<std::int64_t> earlier;
      trail_.each(next_sql,
                  {to_string(of.opening.tenant), to_string(of.opening.chain_id), std::to_string(middle),
                   std::to_string(behind), time},
                  [&](const text_row& row) {
                    if (number_of(row[1]) == 0)
                      earlier = number_of(row[0]);
                    else
                      result.to = number_of(row[0]);
                  });
      if (earlier)
        result.from = *earlier;
      else
        behind = middle;
    }
    return result;
  }

  /// The range to check: the chain's entries in the part, and their neighbours on either side, so that none
  /// between can be missing. So also where the chain seems to begin after the part or to end before it: its
  /// first or last entry may be forged to make it seem so.
  part part_of(const known_chains::chain& of, const part* inside) {
    auto begin = around(of, trail_.from()), end = around(of, trail_.to());
    return {std::min(begin.from, inside ? inside->from : begin.from),
            std::max(end.to, inside ? inside->to : end.to)};
  }

  void check_entries(const known_chains::chain& of, part followed) {
    auto [from, to] = followed;
    const auto& [tenant, id, opened_at, earlier] = of.opening;
    auto report_it = [this](audit_problem p) { report(std::move(p)); };
    auto checker = from <= 1 ? chain_checker{key_, {tenant, id, 0, of.mac}, report_it}
                             : chain_checker{key_, tenant, id, from - 1, report_it};
    for (const auto& head : chains_.seen[id])
      checker.expect(head);
    static const auto sql =
        "SELECT " + stored_entry_columns() +
        " FROM audit.entry e WHERE e.tenant_id = $1::uuid AND e.chain_id = $2::uuid"
        " AND e.chain_seq >= $3::bigint AND e.chain_seq <= $4::bigint ORDER BY e.chain_seq";
    constexpr auto chain_seq_column = boost::mp11::mp_size<members_of<audit_entry>>::value + 2;
    auto first = from <= 1 ? std::numeric_limits<std::int64_t>::min() : from - 1;
    trail_.each(sql, {to_string(tenant), to_string(id), std::to_string(first), std::to_string(to)},
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
                  ++result_.entries_checked;
                });
    checker.finish();
  }

  void find_strangers() {
    trail_.each(fmt::format(strangers_sql, trail_.of_tenant("e"), trail_.within("e.occurred_at")),
                {trail_.tenant(), trail_.from(), trail_.to()}, [&](const text_row& row) {
                  report({audit_problem_kind::inserted, id_of(row[1]), number_of(row[2]),
                          audit_entry_uuid{id_of(row[0])}, "The entry is in no chain of ours."});
                });
  }

  trail_query trail_;
  const audit_key& key_;
  known_chains chains_;
  /// Chains kept among the tails until they are named for good; older ones never were.
  std::set<uuid> in_tails_;
  erasure_claims claims_{key_};
  audit_verification result_;
};

}  // namespace

std::optional<tenant_uuid> find_tenant(pqxx::transaction_base&& tx, const std::string& code) {
  auto rows = run_query(tx, "SELECT tenant_id FROM people.tenant WHERE code = $1", {code});
  return rows.empty() ? std::nullopt : std::optional{tenant_uuid{uuid::parse(rows[0][0].c_str()).value()}};
}

std::optional<audit_verification> verify_audit(const std::string& database_url, const audit_key& key,
                                               const audit_anchors& anchors, const audit_selection& selection,
                                               const stream_patience& patience, const std::stop_token& cut) {
  // Before the snapshot, which cannot include anything later.
  auto remembered = anchors.read(selection, patience.go_on);
  if (!remembered)
    return std::nullopt;
  try {
    return verifier{database_url, key, selection, patience, cut}.run(*remembered);
  } catch (const trail_query::given_up&) {
    return std::nullopt;
  }
}

}  // namespace musterd
