#include "actors/journal/raise_alert.hpp"
#include "common/observation/log.hpp"
#include "persistence/jobs/erasures.hpp"
#include "persistence/journal/origins.hpp"
#include "server/parts.hpp"

namespace musterd {
namespace {

using namespace std::chrono_literals;

constexpr auto time_for_erasures = 2s;

/// The system's own wish: decided, committed and audited like anybody's.
request_context own_context(tenant_uuid tenant, timestamp now) {
  request_context ctx;
  ctx.tenant = tenant;
  ctx.kind = principal_kind::system;
  ctx.actor = system_principal;
  ctx.now = now;
  ctx.correlation_id = to_string(uuid::generate());
  return ctx;
}

struct stuck_details {
  person_uuid person_id;
  std::string why;
};
BOOST_DESCRIBE_STRUCT(stuck_details, (), (person_id, why))

void raise_stuck_erasure(server::parts& p, const stuck_erasure& stuck) {
  log::warn({"person", "erasure_stuck"}, "{}: {}", to_string(stuck.who.person), stuck.why);
  operator_alert alert{uuid::generate(),
                       alert_severity::warning,
                       "ERASURE_STUCK",
                       "Somebody who is to be erased is not, after several attempts.",
                       {to_json(stuck_details{stuck.who.person, stuck.why})},
                       to_string(uuid::generate()),
                       wall_clock_now()};
  raise_alert(p.commits, stuck.who.tenant, alert);
}

void finish_begun_erasures(server::parts& p, pqxx::transaction_base& tx) {
  for (const auto& stuck : finish_erasures(tx, std::chrono::steady_clock::now() + time_for_erasures))
    raise_stuck_erasure(p, stuck);
  p.counted.gauge("erasures_stuck").Set(static_cast<double>(count_stuck_erasures(tx)));
}

/// Another node may come to the same people: the second finds them erased.
void erase_leavers(server::parts& p, pqxx::transaction_base& tx) {
  auto due = take_leavers(tx, p.settings.retention.profiles.count());
  for (const auto& stuck : due.stuck)
    raise_stuck_erasure(p, stuck);
  for (const auto& who : due.erasable)
    p.of<person_aggregate>().execute(own_context(who.tenant, wall_clock_now()), who.person.value,
                                     erase_person{{}, p.settings.retention.profile_hold.count()},
                                     [who](const entity_answer& answer, bool) {
                                       if (answer.failure)
                                         log::warn({"person", "leaver_not_erased"}, "{}: {}",
                                                   to_string(who.person), answer.failure->code);
                                     });
}

void note_purge(server::parts& p, tenant_uuid tenant, timestamp before) {
  auto ctx = own_context(tenant, wall_clock_now());
  auto entry = origins_purged_entry(ctx, uuid::generate(), before);
  p.commits.submit(tenant, {tenant.value, {write_row(tenant, entry)}},
                   [tenant](const std::optional<fault>& failed) {
                     if (failed)
                       log::warn({"audit", "purge_not_noted"}, "{}: {}", to_string(tenant), failed->code);
                   });
}

/// Whole days, so that a day has one entry however often this runs. Only what the trail says is gone goes,
/// the next time: whoever verifies it must not miss anything.
void purge_old_origins(server::parts& p, pqxx::transaction_base& tx) {
  auto deadline = std::chrono::steady_clock::now() + time_for_erasures;
  timestamp before =
      std::chrono::floor<std::chrono::days>(wall_clock_now()) - p.settings.retention.audit_origins;
  for (auto tenant : tenants_with_origins(tx, before)) {
    if (!origins_purge_noted(tx, tenant, before)) {
      note_purge(p, tenant, before);
      continue;
    }
    while (auto gone = purge_origins(tx, tenant, before)) {
      p.counted.counter("rows_purged_total", {"audit_origins"}).Increment(static_cast<double>(gone));
      if (std::chrono::steady_clock::now() >= deadline)
        return;
    }
  }
}

}  // namespace

std::vector<housekeeping::chore> erasure_chores(server::parts& p) {
  std::vector<housekeeping::chore> chores{{"erasures", 2s,
                                           [&p](pqxx::transaction_base& tx) { finish_begun_erasures(p, tx); },
                                           time_for_erasures}};
  if (p.settings.retention.profiles > 0h)
    chores.push_back({"leavers", 1min, [&p](pqxx::transaction_base& tx) { erase_leavers(p, tx); }, 10s});
  if (p.settings.retention.audit_origins > 0h)
    chores.push_back(
        {"audit_origins", 30s, [&p](pqxx::transaction_base& tx) { purge_old_origins(p, tx); }, 10s});
  return chores;
}

}  // namespace musterd
