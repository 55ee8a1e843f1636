#include "actors/sagas/offboarding_scheduler.hpp"

#include "actors/journal/raise_alert.hpp"
#include "common/observation/log.hpp"
#include "common/observation/trace.hpp"

namespace musterd {
namespace {

using namespace std::chrono_literals;

/// Beyond it nothing new is begun.
constexpr std::size_t most_at_once = 512;
/// How long nothing is looked for when nothing is known to be due; other nodes' cases come to light by it.
constexpr auto idle = 1s;
/// Looking costs a query: what becomes due meanwhile is found together.
constexpr auto pause = 5ms;

struct unreadable_details {
  uuid command_id;
  std::string error;
};
BOOST_DESCRIBE_STRUCT(unreadable_details, (), (command_id, error))

request_context context_of(const due_command& due, timestamp now) {
  request_context ctx;
  ctx.tenant = due.tenant_id;
  ctx.kind = principal_kind::system;
  ctx.actor = system_principal;
  ctx.now = now;
  ctx.correlation_id = due.correlation_id;
  ctx.traceparent = due.traceparent.value_or(new_traceparent());
  return ctx;
}

/// Whether this server carries it out, rather than the case asking somebody else or giving up.
bool is_own_work(const due_command& due, const retry_policy& retries, timestamp now) {
  return !is_remote(due.command_type) &&
         !(due.first_failed_at && *due.first_failed_at + retries.window <= now);
}

}  // namespace

offboarding_scheduler::offboarding_scheduler(lease_keeper& leases, const offboarding_policy& policy,
                                             entities<offboarding_aggregate>& cases,
                                             entities<timecard_aggregate>& timecards,
                                             const journal_client& commits)
    : policy_{policy}, cases_{cases}, timecards_{timecards}, commits_{commits},
      loop_{
          leases,
          {.name = "offboarding", .session_name = "offboarding", .settings = "SET statement_timeout = '5s'"},
          {.turn =
               [this](leader_session& at, const ending& until) {
                 sleep_until(until.stop, last_turn_ + pause);
                 auto next = turn(at);
                 last_turn_ = occupied_commands::clock::now();
                 return last_turn_ + std::max(0us, next - wall_clock_now());
               },
           .lost = [](const char* why) { log::warn({"offboarding", "scheduler_interrupted"}, "{}", why); }}} {
}

timestamp offboarding_scheduler::turn(leader_session& at) {
  auto now_occupied = occupied();
  auto now = wall_clock_now();
  if (now_occupied.under_way >= most_at_once)
    return now + idle;  // woken before that, when one of them is done
  auto room = most_at_once - now_occupied.under_way;
  auto found = [&] {
    auto limit = at.in_time();
    pqxx::nontransaction tx{at.db()};
    return find_due_commands(tx, now + idle, now_occupied.commands, room);
  }();
  for (const auto& unreadable : found.unreadable)
    set_aside(unreadable, now);
  for (const auto& due : found.commands) {
    if (due.due_at > now)
      return due.due_at;
    at.expect_lead();
    start(due, now);
  }
  return found.unreadable.empty() ? now + idle : now;  // they took the places of others
}

/// It stays as it is, due and to be found, and is looked at again: its case cannot be loaded to give it up.
void offboarding_scheduler::set_aside(const unreadable_command& which, timestamp now) {
  {
    std::lock_guard lock{mutex_};
    busy_.set_aside(which.command_id, occupied_commands::clock::now());
  }
  log::error({"offboarding", "command_unreadable"}, "{}: {}", to_string(which.command_id), which.why);
  if (!reported_.insert(which.command_id).second)
    return;
  // Its id is the command's: however many servers find it, there is one.
  raise_alert(commits_, which.tenant_id,
              {which.command_id,
               alert_severity::critical,
               "OFFBOARDING_COMMAND_UNREADABLE",
               "A command of an offboarding case cannot be read and is not carried out.",
               {to_json(unreadable_details{which.command_id, which.why})},
               to_string(which.command_id),
               now});
}

occupied_commands::figures offboarding_scheduler::occupied() {
  std::lock_guard lock{mutex_};
  return busy_.at(occupied_commands::clock::now());
}

void offboarding_scheduler::start(const due_command& due, timestamp now) {
  {
    std::lock_guard lock{mutex_};
    busy_.begin(due.command_id, occupied_commands::clock::now());
  }
  auto ctx = context_of(due, now);
  if (is_own_work(due, policy_.retries, now))
    close_clock_session(due, ctx);
  else
    cases_.execute(std::move(ctx), due.case_id, run_due_command{due.command_id}, settle(due));
}

void offboarding_scheduler::close_clock_session(const due_command& due, const request_context& ctx) {
  timecards_.execute(
      ctx, due.person_id.value, force_clock_out{due.effective_at, std::string{reason_of(due.kind)}},
      [this, due, ctx](const entity_answer& answer, bool) {
        auto error = answer.failure ? std::optional{code_and_message(*answer.failure)} : std::nullopt;
        report(due, ctx, std::move(error));
      });
}

void offboarding_scheduler::report(const due_command& due, const request_context& ctx,
                                   std::optional<std::string> error) {
  cases_.execute(ctx, due.case_id, report_command{due.command_id, std::move(error), {}}, settle(due));
}

std::function<void(entity_answer, bool)> offboarding_scheduler::settle(const due_command& due) {
  return [this, id = due.command_id, ctx = context_of(due, wall_clock_now())](const entity_answer& answer,
                                                                              bool) {
    std::lock_guard lock{mutex_};
    if (answer.failure) {
      trace_scope tracing{ctx};
      log::warn({"offboarding", "command_not_run", ctx.correlation_id}, "{}: {}", to_string(id),
                answer.failure->code);
      return busy_.leave_alone(id, occupied_commands::clock::now());
    }
    // Full until now: there may be more that is due.
    auto was_full = busy_.size() >= most_at_once / 2;
    busy_.done(id);
    if (was_full)
      wake();
  };
}

}  // namespace musterd
