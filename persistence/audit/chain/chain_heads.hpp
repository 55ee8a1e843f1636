#pragma once

#include "persistence/audit/chain/audit_chain.hpp"

#include <pqxx/transaction_base>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace musterd {

/// A month of the audit trail, "2026-11": its partition.
using audit_month = std::string;

/// A chain, and the months in which its last entry may be; none: in any.
struct chain_place {
  tenant_uuid tenant;
  uuid chain_id;
  std::vector<audit_month> months;
};

/// The month an RFC 3339 instant in UTC falls into.
inline audit_month month_of(std::string_view instant) {
  return audit_month{instant.substr(0, 7)};
}

/// Adds this month and the last. What is noted of a chain is a hint that an owner of the database may
/// falsify: these are looked into whatever it says, and what is older was anchored when it came, if there are
/// anchors.
void add_recent(std::vector<audit_month>& noted, timestamp now);

/// Months as a parameter of type text[], and back.
std::string months_array(const std::vector<audit_month>& months);
std::vector<audit_month> months_from(std::string_view comma_separated);

using month_not_read = std::function<void(const audit_month&, const std::exception&)>;

/// Where chains end, by chain id; those without entries are left out. Looks only into the months that are
/// named, so it costs the same however many there are. With `not_read`, a month that cannot
/// be read is reported and left out (the transaction must survive an error); without it, the error is thrown.
std::map<uuid, chain_head> find_heads(pqxx::transaction_base& tx, const std::vector<chain_place>& places,
                                      const month_not_read& not_read = {});

}  // namespace musterd
