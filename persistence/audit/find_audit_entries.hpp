#pragma once

#include "domain/audit/audit_view.hpp"
#include "persistence/sql/pages/page_query.hpp"

#include <list>
#include <map>
#include <mutex>

namespace musterd {

/// A single entry, with its place in its chain.
struct audit_entry_detail : audit_entry_view {
  std::optional<uuid> chain_id;
  std::int64_t chain_seq = 0;
  std::string entry_hash;
};
BOOST_DESCRIBE_STRUCT(audit_entry_detail, (audit_entry_view), (chain_id, chain_seq, entry_hash))

/// A WHERE clause for `audit.entry e`, with its parameters.
struct audit_conditions {
  std::string sql;
  std::vector<std::string> parameters;
};
/// 403 for a category beyond the rights.
outcome<audit_conditions> audit_conditions_of(tenant_uuid tenant, const audit_filters& filters,
                                              const audit_rights& rights);

/// Where recent readers' pages begin, so that the next page is found by its key rather than by counting up to
/// it. Thread-safe.
class audit_page_places {
 public:
  /// The nearest page at or before `page_index` that the reader has reached.
  std::optional<page_start> nearest(const std::string& reader, std::int64_t page_index);
  /// A reader that starts over is forgotten first.
  void remember(const std::string& reader, const page_start& next_page);

 private:
  static constexpr std::size_t max_readers = 1000, max_places = 1000;
  std::mutex mutex_;
  std::list<std::pair<std::string, std::map<std::int64_t, page_start>>> recent_;
};

/// Newest first. `reader` identifies the reader and the filters. A page requested by index may be at most
/// `most_counted` entries beyond the nearest earlier one read. Throws `page_token_refused`.
outcome<page<audit_entry_view>> find_audit_entries(pqxx::transaction_base& tx, const audit_conditions& which,
                                                   bool with_payload, const page_limits& limits,
                                                   audit_page_places& places, const std::string& reader);

std::optional<audit_entry_detail> find_audit_entry(pqxx::transaction_base& tx, const audit_conditions& which,
                                                   audit_entry_uuid id, bool with_payload);

/// Counts up to `cap`.
std::int64_t count_audit_entries(pqxx::transaction_base& tx, const audit_conditions& which, std::int64_t cap);

}  // namespace musterd
