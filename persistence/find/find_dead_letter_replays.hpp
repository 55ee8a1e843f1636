#pragma once

#include "domain/operations/dead_letter_replay.hpp"
#include "persistence/sql/pages/page_query.hpp"

namespace musterd {

/// Newest first.
page<replay_view> find_replays(pqxx::transaction_base& tx, tenant_uuid tenant, const page_limits& limits);
std::optional<replay_view> find_replay(pqxx::transaction_base& tx, tenant_uuid tenant, uuid id);
/// As stored, for ending it.
std::optional<dead_letter_replay> find_stored_replay(pqxx::transaction_base& tx, tenant_uuid tenant, uuid id);

struct active_replay {
  tenant_uuid tenant;
  dead_letter_replay replay;
};
/// Unfinished ones, oldest first.
std::vector<active_replay> find_active_replays(pqxx::transaction_base& tx);

/// A replay's next pending letters, by id.
std::vector<uuid> next_replay_letters(pqxx::transaction_base& tx, const active_replay& of, uuid after,
                                      std::int64_t most);

enum class replay_outcome { failed, skipped };
BOOST_DESCRIBE_ENUM(replay_outcome, failed, skipped)

/// Notes letters that were not retried. Bypasses the journal: nothing was done.
void note_outcome(pqxx::transaction_base& tx, const active_replay& of, const std::vector<uuid>& letters,
                  replay_outcome outcome);

}  // namespace musterd
