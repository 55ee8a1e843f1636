#pragma once

#include "persistence/audit/stored_entry.hpp"

#include <deque>
#include <functional>

namespace musterd {

enum class audit_problem_kind { changed, missing, inserted, reordered, cut };
BOOST_DESCRIBE_ENUM(audit_problem_kind, changed, missing, inserted, reordered, cut)

/// Something that is not as it was written.
struct audit_problem {
  audit_problem_kind kind = audit_problem_kind::changed;
  uuid chain_id;
  /// Place in the chain; 0 is its opening.
  std::int64_t seq = 0;
  std::optional<audit_entry_uuid> entry_id;
  std::string message;
};
BOOST_DESCRIBE_STRUCT(audit_problem, (), (kind, chain_id, seq, entry_id, message))

/// Checks one chain, or a part of it, entry by entry. A row that does not match is searched for among the
/// next few, so that one change is one problem, rather than all that follow.
class chain_checker {
 public:
  using report_fn = std::function<void(audit_problem)>;
  struct row {
    std::int64_t seq = 0;
    std::optional<audit_entry_uuid> entry_id;
    /// nullopt if no program of ours writes such a row.
    std::optional<row_write> content;
    chain_hash hash{};
  };

  /// From the opening on.
  chain_checker(const audit_key& key, const chain_head& opening, report_fn report);
  /// From the middle on: the first row, `first_seq`, is taken on trust.
  chain_checker(const audit_key& key, tenant_uuid tenant, uuid chain_id, std::int64_t first_seq,
                report_fn report);

  /// A witness saw this head: the entry in its place must have that hash.
  void expect(const chain_head& seen) { seen_.emplace(seen.seq, seen.hash); }
  /// In the order of `seq`.
  void add(row next);
  void finish() { settle(true); }

 private:
  bool fits(const row& candidate) const;
  void settle(bool all);
  void accept(const row& taken);
  void report(audit_problem_kind kind, const row& about, std::string message);
  std::size_t look_ahead() const;

  const audit_key& key_;
  chain_head head_;
  /// Candidates for the previous hash: the stored one, and the one its content yields. Empty: unknown.
  std::vector<chain_hash> previous_;
  std::multimap<std::int64_t, chain_hash> seen_;
  std::deque<row> window_;
  report_fn report_;
  std::size_t problems_ = 0;
};

}  // namespace musterd
