#pragma once

#include "common/text/uuid.hpp"

#include <pqxx/pqxx>

namespace musterd {

/// Person records changed by any node.
struct person_changes {
  struct change {
    tenant_uuid tenant;
    person_uuid person;
    std::int64_t version = 0;
  };
  std::vector<change> changed;
  /// Where the next call begins. Transaction numbers belong to one database server, so start without after
  /// reconnecting, perhaps to another.
  std::string next;
};

/// Changes since an earlier call, perhaps some repeatedly; none without an earlier one.
person_changes find_person_changes(pqxx::transaction_base& tx, const std::string& since);

}  // namespace musterd
