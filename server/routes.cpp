#include "http/routes/access/role_assignment_routes.hpp"
#include "http/routes/access/role_routes.hpp"
#include "http/routes/access/service_routes.hpp"
#include "http/routes/access/user_routes.hpp"
#include "http/routes/operations/standard_routes.hpp"
#include "http/routes/operations/supervision_routes.hpp"
#include "http/routes/people/lifecycle_routes.hpp"
#include "http/routes/people/location_assignment_routes.hpp"
#include "http/routes/people/location_routes.hpp"
#include "http/routes/people/offboarding_routes.hpp"
#include "http/routes/people/person_data_routes.hpp"
#include "http/routes/people/technician_routes.hpp"
#include "http/routes/sign_in/second_factor_routes.hpp"
#include "http/routes/sign_in/sign_in_session_routes.hpp"
#include "http/routes/time/job_timer_routes.hpp"
#include "http/routes/time/timecard_routes.hpp"
#include "server/parts.hpp"

namespace musterd {
namespace {

/// Without the database nothing works; without the broker events wait in the outbox.
health_report health(const server::parts& p) {
  auto broker_wanted = p.settings.messaging.has_broker();
  auto broker = !broker_wanted || p.messaging.broker_up ? health_status::up : health_status::degraded;
  auto database = p.probe.database_up() ? health_status::up : health_status::down;
  auto whole = database == health_status::down ? database : broker;
  return {whole, {{"database", database, {}}, {"broker", broker, {}}}};
}

}  // namespace

void declare_routes(server::parts& p) {
  auto& companies = p.of<company_aggregate>();
  auto& people = p.of<person_aggregate>();
  auto& cases = p.of<offboarding_aggregate>();
  auth_routes(p.routes, {p.sessions, p.issuer, p.ask, p.environment.companies});
  timecard_routes(p.routes, p.of<timecard_aggregate>(), p.reads);
  job_timer_routes(p.routes, p.of<job_timer_aggregate>(), !p.settings.work_execution.is_here());
  technician_routes(p.routes, p.reads);
  location_routes(p.routes, companies, p.reads);
  role_routes(p.routes, companies, p.reads);
  hashing_places places;  // shared by all signed-in callers whose requests hash something
  service_routes(p.routes, companies, p.reads, p.hasher, places);
  password_services passwords{p.hasher, p.throttle, p.failures, places};
  user_routes(p.routes, {passwords, people, p.reads, p.settings.auth.passwords.min_score});
  person_data_routes(p.routes,
                     {people, p.reads, p.commits, p.altered, p.settings.retention.profile_hold.count()});
  sign_in_session_routes(p.routes, people, p.reads);
  second_factor_routes(p.routes, {passwords, people, p.reads, p.factors});
  role_assignment_routes(p.routes, people, p.reads);
  lifecycle_routes(p.routes, people, p.reads);
  offboarding_routes(p.routes, cases, p.reads);
  location_assignment_routes(p.routes, people, p.reads);
  decision_routes(p.routes, {p.users, p.environment.companies, decision_metrics(p.counted)});
  audit_routes(p.routes, {p.reads, p.audit_pages, p.inspector, p.commits, p.altered});
  audit_export_routes(p.routes, {p.reads, p.exporter, p.commits, p.settings.audit.exports.max_rows,
                                 p.settings.audit.exports.max_range});
  dead_letter_services letters{p.reads,    p.commits, p.settings.auth.default_tenant, dead_letter_metrics(p),
                               p.replayer, cases};
  dead_letter_routes(p.routes, letters);
  dead_letter_replay_routes(p.routes, letters);
  supervision_routes(p.routes, p.tree);
  auto well = [&p] { return health(p); };
  std::function<std::string()> figures = [&p] { return p.counted.text(); };
  operator_routes(p.ops_routes, well, figures);
  if (p.settings.ops.port != 0)
    figures = {};
  standard_routes(p.routes, {well, std::move(figures), p.version, {}});
}

}  // namespace musterd
