#include "persistence/find/find_dead_letter_replays.hpp"

#include "domain/kernel/sql_value.hpp"

#include <fmt/format.h>

namespace musterd {
namespace {

constexpr std::string_view replay_columns =
    "replay_id, state, filter, total, done, failed, skipped, rate_per_second, "
    "created_by, created_at, finished_at";
/// Columns counted only in the table are not part of the stored version.
constexpr std::string_view stored = "to_jsonb(r) - '{tenant_id,done,failed,skipped}'::text[]";

const list_statement replays_newest{
    "replays_newest",
    fmt::format("SELECT {} FROM messaging.dead_letter_replay WHERE tenant_id = $1", replay_columns),
    list_order{{{"created_at", list_order::kind::instant}, {"replay_id", list_order::kind::id}}, true}};

const statement replay_by_id{
    "replay_by_id", fmt::format("SELECT to_jsonb(v) FROM (SELECT {} FROM messaging.dead_letter_replay "
                                "WHERE tenant_id = $1 AND replay_id = $2) v",
                                replay_columns)};

const statement stored_replay_by_id{
    "stored_replay_by_id",
    fmt::format("SELECT {} FROM messaging.dead_letter_replay r WHERE tenant_id = $1 AND replay_id = $2",
                stored)};

const statement active_replays{
    "active_replays",
    fmt::format("SELECT tenant_id, {} FROM messaging.dead_letter_replay r WHERE finished_at IS NULL "
                "ORDER BY created_at",
                stored)};

const statement replay_letters{"replay_letters", R"(
  SELECT dead_letter_id FROM messaging.dead_letter_replay_item
  WHERE replay_id = $1 AND dead_letter_id > $2 AND outcome IS NULL ORDER BY dead_letter_id LIMIT $3::bigint)"};

const statement replay_outcomes{"replay_outcomes", R"(
  WITH noted AS (
    UPDATE messaging.dead_letter_replay_item SET outcome = $3
    WHERE replay_id = $2 AND dead_letter_id = ANY ($4::uuid[]) AND outcome IS NULL RETURNING outcome)
  UPDATE messaging.dead_letter_replay r SET failed = r.failed + n.failed, skipped = r.skipped + n.skipped
  FROM (SELECT count(*) FILTER (WHERE outcome = 'FAILED') AS failed,
          count(*) FILTER (WHERE outcome = 'SKIPPED') AS skipped FROM noted) n
  WHERE r.tenant_id = $1 AND r.replay_id = $2 AND r.finished_at IS NULL)"};

}  // namespace

page<replay_view> find_replays(pqxx::transaction_base& tx, tenant_uuid tenant, const page_limits& limits) {
  return replays_newest.read<replay_view>(tx, tenant, limits);
}

std::optional<replay_view> find_replay(pqxx::transaction_base& tx, tenant_uuid tenant, uuid id) {
  return read_one<replay_view>(replay_by_id.run(tx, to_string(tenant), to_string(id)));
}

std::optional<dead_letter_replay> find_stored_replay(pqxx::transaction_base& tx, tenant_uuid tenant,
                                                     uuid id) {
  return read_one<dead_letter_replay>(stored_replay_by_id.run(tx, to_string(tenant), to_string(id)));
}

std::vector<active_replay> find_active_replays(pqxx::transaction_base& tx) {
  std::vector<active_replay> result;
  for (const auto& row : active_replays.run(tx))
    result.push_back({{uuid::parse(row[0].c_str()).value()},
                      value_from_row<dead_letter_replay>(row[1].as<std::string>())});
  return result;
}

std::vector<uuid> next_replay_letters(pqxx::transaction_base& tx, const active_replay& of, uuid after,
                                      std::int64_t most) {
  std::vector<uuid> result;
  for (const auto& row : replay_letters.run(tx, to_string(of.replay.replay_id), to_string(after), most))
    result.push_back(uuid::parse(row[0].c_str()).value());
  return result;
}

void note_outcome(pqxx::transaction_base& tx, const active_replay& of, const std::vector<uuid>& letters,
                  replay_outcome outcome) {
  if (!letters.empty())
    replay_outcomes.run(tx, to_string(of.tenant), to_string(of.replay.replay_id),
                        std::string{enum_name(outcome)}, array_literal(letters));
}

}  // namespace musterd
