#include "domain/operations/dead_letter_replay.hpp"

#include "domain/audit/audit_trace.hpp"

namespace musterd {
namespace {

struct replay_audit {
  raw_json filter;
  std::int64_t total;
  std::int64_t rate_per_second;
};
BOOST_DESCRIBE_STRUCT(replay_audit, (), (filter, total, rate_per_second))

audit_entry entry_about(const request_context& ctx, const dead_letter_replay& replay, std::string event_type,
                        audit_entry_uuid entry_id) {
  auto entry = audit_from(ctx, entry_id.value, audit_category::operations, std::move(event_type));
  entry.subject_type = "DeadLetterReplay";
  entry.subject_id = replay.replay_id;
  entry.details.text =
      traced(ctx, to_json(replay_audit{replay.filter, replay.total, replay.rate_per_second}));
  return entry;
}

}  // namespace

commit_unit request_replay(const request_context& ctx, const dead_letter_replay& replay,
                           const std::vector<uuid>& letters, audit_entry_uuid entry_id) {
  commit_unit unit{replay.replay_id, {}};
  unit.writes.reserve(letters.size() + 3);
  unit.writes.push_back(write_row(ctx.tenant, replay));
  unit.writes.push_back(
      write_row(ctx.tenant, entry_about(ctx, replay, "DEAD_LETTER_REPLAY_REQUESTED", entry_id)));
  for (const auto& letter : letters)
    unit.writes.push_back(write_row(ctx.tenant, replay_item{replay.replay_id, letter}));
  return unit;
}

commit_unit end_replay(const request_context& ctx, dead_letter_replay replay, replay_state how,
                       audit_entry_uuid entry_id) {
  replay.state = how;
  replay.finished_at = ctx.now;
  ++replay.version;
  auto cancelled = how == replay_state::cancelled;
  auto entry = entry_about(
      ctx, replay, cancelled ? "DEAD_LETTER_REPLAY_CANCELLED" : "DEAD_LETTER_REPLAY_FINISHED", entry_id);
  return {replay.replay_id, {write_row(ctx.tenant, replay), write_row(ctx.tenant, entry)}};
}

}  // namespace musterd
