#include "common/observation/log.hpp"
#include "domain/access/default_roles.hpp"
#include "persistence/audit/audit_partitions.hpp"
#include "persistence/find/access/find_role_assignments.hpp"
#include "persistence/find/find_dead_letters.hpp"
#include "persistence/find/find_location_assignments.hpp"
#include "persistence/find/find_offboarding.hpp"
#include "persistence/load/load_company_directory.hpp"
#include "persistence/load/person_changes.hpp"
#include "server/parts.hpp"

#include <algorithm>
#include <iterator>
#include <set>

namespace musterd {
namespace {

using namespace std::chrono_literals;

/// S86-F22, S89-F15, S89-F17: how many assignments are in force, of roles by role and scope. Roles that
/// companies made are one: what they call them is nobody else's business.
void count_assignments(server::parts& p, pqxx::transaction_base& tx) {
  std::map<metrics::label_values, std::int64_t> in_force;
  for (const auto& count : count_assignments_in_force(tx)) {
    const auto* role = is_default_role(count.role_name) ? count.role_name.c_str() : "custom";
    in_force[{role, std::string{enum_name(count.scope_type)}}] += count.assignments;
  }
  for (const auto& [labels, assignments] : in_force)
    p.counted.gauge("role_assignments_active", labels).Set(static_cast<double>(assignments));
  p.counted.gauge("assignment_active_count").Set(static_cast<double>(count_placements_in_force(tx)));
}

/// S90-F23, S90-F24: what waits for another attempt, and for how long the oldest has. How late the oldest
/// is that should have been run says whether anybody runs them: of several nodes one does, and all watch it.
void measure_offboarding(server::parts& p, pqxx::transaction_base& tx) {
  auto backlog = measure_retries(tx);
  p.counted.gauge("user_deactivation_saga_queue_depth").Set(static_cast<double>(backlog.depth));
  p.counted.gauge("user_deactivation_saga_oldest_retry_age").Set(backlog.oldest_age);
  p.counted.gauge("offboarding_oldest_due_seconds").Set(oldest_due_age(tx));
}

/// Series that were `shown` go on at zero: a gauge that is gone would keep its last value in many a
/// dashboard.
void count_dead_letters(metrics& counted, std::set<metrics::label_values>& shown,
                        pqxx::transaction_base& tx) {
  std::map<metrics::label_values, std::int64_t> now;
  for (const auto& count : count_open_dead_letters(tx))
    now[{count.queue, std::string{enum_name(count.reason)}}] = count.letters;
  for (const auto& [labels, letters] : now)
    shown.insert(labels);
  for (const auto& labels : shown)
    counted.gauge("dead_letters_open", labels).Set(static_cast<double>(now[labels]));
}

/// A file that cannot be written says nothing about the database.
template <class Write>
void write_anchors(const Write& write) {
  try {
    write();
  } catch (const std::ios_base::failure& e) {
    log::error({"audit", "anchors_not_written"}, "{}", e.what());
  }
}

/// How far changes of persons have been looked at.
struct person_watch {
  static constexpr std::size_t asked_at_once = 1000;
  std::string since;
  /// Awake when it began, and not asked yet whether they are what is committed.
  std::vector<std::pair<tenant_uuid, person_uuid>> unsure;
};

/// A node that keeps somebody awake hears here of what another took from them.
void take_person_changes(server::parts& p, person_watch& watch, pqxx::transaction_base& tx) {
  auto look = find_person_changes(tx, watch.since);
  if (watch.since.empty())
    watch.unsure = p.environment.users.all();
  watch.since = std::move(look.next);
  for (const auto& [tenant, person, version] : look.changed)
    p.of<person_aggregate>().look_again({tenant, person.value}, version);
  for (std::size_t i = 0; i < person_watch::asked_at_once && !watch.unsure.empty(); ++i) {
    auto [tenant, person] = watch.unsure.back();
    watch.unsure.pop_back();
    p.of<person_aggregate>().look_again({tenant, person.value});
  }
}

}  // namespace

void take_company_changes(server::parts& p, pqxx::transaction_base& tx) {
  for (auto tenant : refresh_companies(tx, p.environment.companies, p.company_changes))
    p.of<company_aggregate>().look_again({tenant, tenant.value});
}

std::vector<housekeeping::chore> quick_chores(server::parts& p) {
  auto people = std::make_shared<person_watch>();
  return {
      {"person_changes", 500ms,
       [&p, people](pqxx::transaction_base& tx) { take_person_changes(p, *people, tx); }, 1s,
       [people] { *people = {}; }},
      signing_key_chore(p),
      {"company_changes", 5s, [&p](pqxx::transaction_base& tx) { take_company_changes(p, tx); }, 1s,
       [&p] { p.company_changes = {}; }},
      {"sign_in_failures", 2s, [&p](pqxx::transaction_base&) { p.failures.note_left_out(wall_clock_now()); }},
      {"refusals_left_out", 2s, [&p](pqxx::transaction_base&) { p.http_counts.note_left_out(); }},
      {"retry_queue", 250ms, [&p](pqxx::transaction_base& tx) { measure_offboarding(p, tx); }},
      {"dead_letter_gauges", 5s,
       [&p, seen = std::set<metrics::label_values>{}](pqxx::transaction_base& tx) mutable {
         count_dead_letters(p.counted, seen, tx);
       }}};
}

std::vector<housekeeping::chore> slow_chores(server::parts& p) {
  auto chores = purge_chores(p);
  std::ranges::move(erasure_chores(p), std::back_inserter(chores));
  chores.push_back(
      {"assignment_gauges", 30s, [&p](pqxx::transaction_base& tx) { count_assignments(p, tx); }, 10s});
  chores.push_back(
      {"audit_partitions", 6h, [](pqxx::transaction_base& tx) { make_audit_partitions(tx); }, 10s});
  return chores;
}

std::vector<housekeeping::chore> anchor_chores(server::parts& p) {
  return {{"audit_anchors", 1s,
           [&p](pqxx::transaction_base&) { write_anchors([&] { p.anchors.write_noted(); }); }},
          {"audit_anchors_of_all", 1min,
           [&p](pqxx::transaction_base& tx) { write_anchors([&] { p.anchors.update(tx); }); }, 10s}};
}

}  // namespace musterd
