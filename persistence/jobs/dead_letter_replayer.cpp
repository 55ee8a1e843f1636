#include "persistence/jobs/dead_letter_replayer.hpp"

#include "common/observation/log.hpp"
#include "common/observation/trace.hpp"
#include "persistence/find/find_dead_letters.hpp"
#include "persistence/sql/connection.hpp"
#include "persistence/sql/leader_session.hpp"

namespace musterd {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr auto looked_for_every = 1s;
/// Enough for a batch whose letters are retried one by one.
constexpr auto turn_limit = 5min;
constexpr auto lock_sql = "SELECT pg_try_advisory_lock(hashtextextended('musterd dead letter replays', 0))";

/// Between two questions a batch may be committed letter by letter.
std::string session_settings() {
  return "SET application_name = 'musterd replays'; " + leader_settings(turn_limit);
}

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
auto in_database(pqxx::connection& db, auto function, const Args&... args) {
  pqxx::nontransaction tx{db};
  return function(tx, args...);
}

}  // namespace

void dead_letter_replayer::notify() {
  {
    std::lock_guard lock{mutex_};
    notified_ = true;
  }
  changed_.notify_one();
}

void dead_letter_replayer::wait(const std::stop_token& stop, pace::instant until) {
  std::unique_lock lock{mutex_};
  changed_.wait_until(lock, stop, until, [this] { return notified_; });
  notified_ = false;
}

void dead_letter_replayer::run(const ending& until) {
  auto alone = sole_run(running_, until.stop);
  if (!alone)
    return;
  while (!until.stop.stop_requested()) {
    progress_.clear();
    try {
      work(until);
    } catch (const std::exception& e) {
      log::warn({"dead_letters", "replays_interrupted"}, "{}", e.what());
      wait(until.stop, clock::now() + looked_for_every);
    }
  }
}

void dead_letter_replayer::work(const ending& until) {
  auto db = open_connection(url_, session_settings(), until.cut);
  interruption interruptible{db->sock(), "musterd replays", until.cut};
  {
    auto limit = interruptible.within(turn_limit);
    session_.begin(*db);
  }
  for (bool leads = false; !until.stop.stop_requested();) {
    auto next = clock::now() + looked_for_every;
    {
      auto limit = interruptible.within(turn_limit);
      leads = leads || pqxx::nontransaction{*db}.exec(lock_sql)[0][0].as<bool>();
      if (leads)
        next = turn(*db, until.stop);
    }
    wait(until.stop, next);
  }
}

/// Does what is due; gives when the next is.
pace::instant dead_letter_replayer::turn(pqxx::connection& db, const std::stop_token& stop) {
  auto next = clock::now() + looked_for_every;
  std::map<uuid, progress> active;
  for (const auto& of : in_database(db, find_active_replays)) {
    auto id = of.replay.replay_id;
    auto known = progress_.find(id);
    auto& how_far = active
                        .emplace(id, known != progress_.end()
                                         ? known->second
                                         : progress{pace{of.replay.rate_per_second, clock::now()}, {}})
                        .first->second;
    if (how_far.pace.next() <= clock::now() && !stop.stop_requested())
      advance(db, of, how_far);
    next = std::min(next, how_far.pace.next());
  }
  progress_ = std::move(active);
  return next;
}

void dead_letter_replayer::advance(pqxx::connection& db, const active_replay& of, progress& how_far) {
  auto most = how_far.pace.due(clock::now());
  auto ids = in_database(db, next_replay_letters, of, how_far.last, most);
  if (ids.empty()) {
    finish(of);
    return how_far.pace.spend(most, clock::now());  // should it fail, not again at once
  }
  std::vector<dead_letter> due;
  std::vector<uuid> skipped, failed;
  for (auto& letter : in_database(db, read_dead_letters, ids))
    if (letter.state != dead_letter_state::open)
      skipped.push_back(letter.dead_letter_id);
    else if (!letter.retryable)
      failed.push_back(letter.dead_letter_id);
    else
      due.push_back(std::move(letter));
  in_database(db, note_outcome, of, skipped, replay_outcome::skipped);
  in_database(db, note_outcome, of, failed, replay_outcome::failed);
  auto settled = due.empty() || retry(db, of, due);
  // What is not settled is chosen again, and its turn has passed all the same: no storm while the journal is
  // away.
  how_far.pace.spend(static_cast<std::int64_t>(settled ? due.size() : ids.size()), clock::now());
  if (settled)
    how_far.last = ids.back();
}

/// False: nobody knows yet what became of them, or the replay is over.
bool dead_letter_replayer::retry(pqxx::connection& db, const active_replay& of,
                                 std::span<const dead_letter> letters) {
  auto ctx = context_of(of);
  trace_scope tracing{ctx};
  commit_unit unit{of.replay.replay_id, {}};
  generated_ids ids;
  auto users = in_database(db, users_of_cases, of.tenant, letters);
  for (const auto& letter : letters) {
    dead_letter_decision decision{dead_letter_verdict::retry, {}, of.replay.replay_id};
    decision.about_user = user_of(users, letter);
    add_decision(unit, ctx, letter, decision, audit_entry_uuid::generate(), ids);
  }
  auto refused = commit_(of.tenant, std::move(unit));
  if (!refused) {
    decided_(dead_letter_verdict::retry, static_cast<std::int64_t>(letters.size()));
    return true;
  }
  if (is_transient(*refused) || refused->code == "DEAD_LETTER_REPLAY_FINISHED")
    return false;
  if (letters.size() > 1) {
    // One of them is to blame; the others must not suffer for it.
    bool settled = true;
    for (const auto& letter : letters)
      settled = retry(db, of, {&letter, 1}) && settled;
    return settled;
  }
  auto resolved = refused->code == "DEAD_LETTER_NOT_OPEN";
  if (!resolved)
    log::error({"dead_letters", "retry_refused", ctx.correlation_id}, "{}: {}",
               to_string(letters.front().dead_letter_id), refused->code);
  in_database(db, note_outcome, of, std::vector{letters.front().dead_letter_id},
              resolved ? replay_outcome::skipped : replay_outcome::failed);
  return true;
}

void dead_letter_replayer::finish(const active_replay& of) {
  auto ctx = context_of(of);
  trace_scope tracing{ctx};
  auto failed =
      commit_(of.tenant, end_replay(ctx, of.replay, replay_state::done, audit_entry_uuid::generate()));
  if (!failed)
    log::info({"dead_letters", "replayed", ctx.correlation_id}, "{}: {} letters at {}/s",
              to_string(of.replay.replay_id), of.replay.total, of.replay.rate_per_second);
}

}  // namespace musterd
