#pragma once

#include "domain/audit.hpp"
#include "domain/outgoing_event.hpp"

#include <vector>

namespace musterd {

/// Everything one decision writes, in one transaction: rows, audit entries, outgoing events.
struct effects {
  std::vector<row_write> writes;

  template <class Row>
  void write(tenant_uuid tenant, const Row& row) {
    writes.push_back(write_row(tenant, row));
  }
};

}  // namespace musterd
