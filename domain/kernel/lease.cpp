#include "domain/kernel/lease.hpp"

namespace musterd {

row_write under(const lease_term& term) {
  static const table_spec spec{"cluster.lease",
                               "role",
                               write_mode::compared,
                               {{"holder", "uuid", ""}, {"role", "text", ""}, {"epoch", "bigint", ""}}};
  row_write result{spec};
  result.add(term.holder);
  result.add(term.role);
  result.add(term.epoch);
  result.becomes(row_action::compare);
  return result;
}

}  // namespace musterd
