#include "persistence/jobs/dead_letter_replayer.hpp"

#include "common/observation/log.hpp"
#include "common/observation/trace.hpp"
#include "domain/operations/faults.hpp"
#include "persistence/find/find_dead_letters.hpp"

namespace musterd {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr auto replay_looked_for_every = 1s;
/// Enough for a batch whose letters are retried one by one.
constexpr auto replay_longest_silence = 5min;

/// What is done for a replay is done by whoever asked for it.
request_context context_of(const active_replay& of) {
  request_context ctx;
  ctx.tenant = of.tenant;
  ctx.actor = of.replay.created_by;
  ctx.correlation_id = of.replay.correlation_id;
  ctx.traceparent = of.replay.traceparent;
  ctx.now = wall_clock_now();
  return ctx;
}

template <class... Args>
auto read_at(leader_session& at, auto function, const Args&... args) {
  auto limit = at.in_time();
  pqxx::nontransaction tx{at.db()};
  return function(tx, args...);
}

void note(leader_session& at, const active_replay& of, const std::vector<uuid>& letters,
          replay_outcome outcome) {
  leading_work work{at};
  note_outcome(work.tx, of, letters, outcome);
  work.tx.commit();
}

}  // namespace

dead_letter_replayer::dead_letter_replayer(lease_keeper& leases, commit_fn commit, observer decided)
    : commit_{std::move(commit)}, decided_{std::move(decided)},
      loop_{leases,
            {.name = "dead-letter-replays",
             .session_name = "replays",
             .longest_silence = replay_longest_silence,
             .asked_every = replay_looked_for_every},
            {.turn = [this](leader_session& at, const ending& until) { return turn(at, until.stop); },
             .lost =
                 [this](const char* why) {
                   log::warn({"dead_letters", "replays_interrupted"}, "{}", why);
                   progress_.clear();
                 }}} {}

std::optional<fault> dead_letter_replayer::commit(leader_session& at, tenant_uuid tenant, commit_unit unit) {
  at.expect_lead();
  unit.writes.push_back(under(*at.term()));
  return commit_(tenant, std::move(unit));
}

/// Does what is due; gives when the next is.
pace::instant dead_letter_replayer::turn(leader_session& at, const std::stop_token& stop) {
  auto next = clock::now() + replay_looked_for_every;
  std::map<uuid, progress> active;
  for (const auto& of : read_at(at, find_active_replays)) {
    auto id = of.replay.replay_id;
    auto known = progress_.find(id);
    auto& how_far = active
                        .emplace(id, known != progress_.end()
                                         ? known->second
                                         : progress{pace{of.replay.rate_per_second, clock::now()}, {}})
                        .first->second;
    if (how_far.pace.next() <= clock::now() && !stop.stop_requested())
      advance(at, of, how_far);
    next = std::min(next, how_far.pace.next());
  }
  progress_ = std::move(active);
  return next;
}

void dead_letter_replayer::advance(leader_session& at, const active_replay& of, progress& how_far) {
  auto most = how_far.pace.due(clock::now());
  auto ids = read_at(at, next_replay_letters, of, how_far.last, most);
  if (ids.empty()) {
    finish(at, of);
    return how_far.pace.spend(most, clock::now());  // should it fail, not again at once
  }
  std::vector<dead_letter> due;
  std::vector<uuid> skipped, failed;
  for (auto& letter : read_at(at, read_dead_letters, ids))
    if (letter.state != dead_letter_state::open)
      skipped.push_back(letter.dead_letter_id);
    else if (!letter.retryable)
      failed.push_back(letter.dead_letter_id);
    else
      due.push_back(std::move(letter));
  if (!skipped.empty())
    note(at, of, skipped, replay_outcome::skipped);
  if (!failed.empty())
    note(at, of, failed, replay_outcome::failed);
  auto settled = due.empty() || retry(at, of, due);
  // What is not settled is chosen again, and its turn has passed all the same: no storm while the journal is
  // away.
  how_far.pace.spend(static_cast<std::int64_t>(settled ? due.size() : ids.size()), clock::now());
  if (settled)
    how_far.last = ids.back();
}

/// False: nobody knows yet what became of them, or the replay is over.
bool dead_letter_replayer::retry(leader_session& at, const active_replay& of,
                                 std::span<const dead_letter> letters) {
  auto ctx = context_of(of);
  trace_scope tracing{ctx};
  commit_unit unit{of.replay.replay_id, {}};
  generated_ids ids;
  auto users = read_at(at, users_of_cases, of.tenant, letters);
  for (const auto& letter : letters) {
    dead_letter_decision decision{dead_letter_verdict::retry, {}, of.replay.replay_id};
    decision.about_user = user_of(users, letter);
    add_decision(unit, ctx, letter, decision, audit_entry_uuid::generate(), ids);
  }
  auto refused = commit(at, of.tenant, std::move(unit));
  if (!refused) {
    decided_(dead_letter_verdict::retry, static_cast<std::int64_t>(letters.size()));
    return true;
  }
  if (is_transient(*refused) || refused->code == dead_letter_replay_finished.code ||
      refused->code == led_by_another.code)
    return false;
  if (letters.size() > 1) {
    // One of them is to blame; the others must not suffer for it.
    bool settled = true;
    for (const auto& letter : letters)
      settled = retry(at, of, {&letter, 1}) && settled;
    return settled;
  }
  auto resolved = refused->code == dead_letter_not_open.code;
  if (!resolved)
    log::error({"dead_letters", "retry_refused", ctx.correlation_id}, "{}: {}",
               to_string(letters.front().dead_letter_id), refused->code);
  note(at, of, {letters.front().dead_letter_id}, resolved ? replay_outcome::skipped : replay_outcome::failed);
  return true;
}

void dead_letter_replayer::finish(leader_session& at, const active_replay& of) {
  auto ctx = context_of(of);
  trace_scope tracing{ctx};
  auto failed =
      commit(at, of.tenant, end_replay(ctx, of.replay, replay_state::done, audit_entry_uuid::generate()));
  if (!failed)
    log::info({"dead_letters", "replayed", ctx.correlation_id}, "{}: {} letters at {}/s",
              to_string(of.replay.replay_id), of.replay.total, of.replay.rate_per_second);
}

}  // namespace musterd
