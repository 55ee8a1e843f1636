#pragma once

#include "common/text/uuid.hpp"

#include <pqxx/pqxx>

namespace musterd {

/// Records of persons that were changed, by any node.
struct person_changes {
  struct change {
    tenant_uuid tenant;
    person_uuid person;
    std::int64_t version = 0;
  };
  std::vector<change> changed;
  /// Where the next look begins. Transactions are numbered by the server that made them: whoever connects
  /// again, perhaps to another one, begins without.
  std::string next;
};

/// Those since an earlier look, and perhaps some again; none when there was no earlier one.
person_changes find_person_changes(pqxx::transaction_base& tx, const std::string& since);

}  // namespace musterd
