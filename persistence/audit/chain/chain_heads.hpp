#pragma once

#include "persistence/audit/chain/audit_chain.hpp"

#include <pqxx/transaction_base>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace musterd {

/// A month of the audit trail, "2026-11": one partition.
using audit_month = std::string;

/// A chain, and the months that may hold its last entry; none: any month.
struct chain_place {
  tenant_uuid tenant;
  uuid chain_id;
  std::vector<audit_month> months;
};

/// The month of an RFC 3339 instant in UTC.
inline audit_month month_of(std::string_view instant) {
  return audit_month{instant.substr(0, 7)};
}

/// Adds this month and the last. The months noted are a hint that an owner of the database may falsify, so
/// these are searched regardless; older entries were anchored when they came, if there are anchors.
void add_recent(std::vector<audit_month>& noted, timestamp now);

/// To and from a parameter of type text[].
std::string months_array(const std::vector<audit_month>& months);
std::vector<audit_month> months_from(std::string_view comma_separated);

using month_not_read = std::function<void(const audit_month&, const std::exception&)>;

/// Where chains end, by chain id, without those that have no entries. Searches only the named months, so the
/// cost does not depend on how many exist. With `not_read`, an unreadable month is reported and left out (the
/// transaction must survive an error); without it, the error is thrown.
std::map<uuid, chain_head> find_heads(pqxx::transaction_base& tx, const std::vector<chain_place>& places,
                                      const month_not_read& not_read = {});

}  // namespace musterd
