#include "persistence/load/load_job_timer.hpp"

#include "persistence/sql/pages/page_query.hpp"
#include "persistence/sql/statement.hpp"

namespace musterd {
namespace {

/// NULL, the end of a running timer, sorts first. Ids break ties between timers of zero length.
const statement latest_job_timer{"latest_job_timer", R"(
  SELECT to_jsonb(t) - 'tenant_id' FROM workexec.job_timer t
  WHERE t.tenant_id = $1 AND t.technician_id = $2 ORDER BY t.end_time DESC, t.timer_id DESC LIMIT 1)"};

}  // namespace

job_timer_state load_job_timer(pqxx::transaction_base& tx, tenant_uuid tenant, person_uuid technician) {
  return {technician,
          read_one<job_timer>(latest_job_timer.run(tx, to_string(tenant), to_string(technician)))};
}

}  // namespace musterd
