#pragma once

#include "domain/operations/dead_letter.hpp"

/// Many dead letters retried at a chosen rate. The selection is fixed when the replay is requested.
namespace musterd {

inline constexpr std::int64_t default_replay_rate = 50, max_replay_rate = 5000;
/// All are selected in one transaction, for which others wait.
inline constexpr std::int64_t max_replay_letters = 10'000;

enum class replay_state { queued, running, done, cancelled };
BOOST_DESCRIBE_ENUM(replay_state, queued, running, done, cancelled)

/// Requesting, cancelling and finishing a replay are versions of its row; progress in between is counted by
/// the database.
struct dead_letter_replay {
  uuid replay_id;
  uuid created_by;
  std::string correlation_id;
  std::optional<std::string> traceparent;
  /// A `dead_letter_filter`.
  raw_json filter;
  std::int64_t rate_per_second = default_replay_rate;
  std::int64_t total = 0;
  replay_state state = replay_state::queued;
  timestamp created_at{};
  std::optional<timestamp> finished_at;
  std::int64_t version = 1;
};
BOOST_DESCRIBE_STRUCT(dead_letter_replay, (),
                      (replay_id, created_by, correlation_id, traceparent, filter, rate_per_second, total,
                       state, created_at, finished_at, version))
template <>
struct table_of<dead_letter_replay> : versioned_table<"messaging.dead_letter_replay", "replay_id"> {};

/// A letter of a replay.
struct replay_item {
  uuid replay_id;
  uuid dead_letter_id;
};
BOOST_DESCRIBE_STRUCT(replay_item, (), (replay_id, dead_letter_id))
template <>
struct table_of<replay_item>
    : insert_table<"messaging.dead_letter_replay_item", "replay_id, dead_letter_id"> {};

struct replay_view {
  uuid replay_id;
  replay_state state = replay_state::queued;
  dead_letter_filter filter;
  std::int64_t total = 0;
  std::int64_t done = 0;
  /// Could not be retried: no event in it, or the database refused.
  std::int64_t failed = 0;
  /// Retried or discarded by somebody else before their turn.
  std::int64_t skipped = 0;
  std::int64_t rate_per_second = default_replay_rate;
  uuid created_by;
  timestamp created_at{};
  std::optional<timestamp> finished_at;
};
BOOST_DESCRIBE_STRUCT(replay_view, (),
                      (replay_id, state, filter, total, done, failed, skipped, rate_per_second, created_by,
                       created_at, finished_at))

/// The replay with its audit entry and all its letters, as one commit.
commit_unit request_replay(const request_context& ctx, const dead_letter_replay& replay,
                           const std::vector<uuid>& letters, audit_entry_uuid entry_id);
/// Ends a replay as DONE or CANCELLED. Fails as VERSION_CONFLICT if it had ended before.
commit_unit end_replay(const request_context& ctx, dead_letter_replay replay, replay_state how,
                       audit_entry_uuid entry_id);

}  // namespace musterd
