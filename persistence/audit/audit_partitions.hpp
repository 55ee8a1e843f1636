#pragma once

#include <pqxx/transaction_base>

namespace musterd {

/// Creates the audit trail's partitions from this month on; existing ones are left alone.
inline void make_audit_partitions(pqxx::transaction_base& tx) {
  tx.exec("SELECT audit.make_coming_partitions()");
}

}  // namespace musterd
