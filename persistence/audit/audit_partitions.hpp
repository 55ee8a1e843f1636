#pragma once

#include <pqxx/transaction_base>

namespace musterd {

/// Months of the audit trail from this one on. Those that are there are left alone.
inline void make_audit_partitions(pqxx::transaction_base& tx) {
  tx.exec("SELECT audit.make_coming_partitions()");
}

}  // namespace musterd
