#pragma once

#include "actors/journal/journal_client.hpp"
#include "http/routing/call.hpp"
#include "persistence/sql/read_pool.hpp"

namespace musterd {

/// Commits a unit that belongs to no entity, then answers `success`. Idempotency keys are honoured.
/// `already`: code of a fault that counts as success, as everything is as it should be. Otherwise calls
/// `committed` after the commit, or `refused` with the fault.
void commit_and_answer(
    http_call&& call, const journal_client& commits, read_pool& reads, commit_unit unit,
    http_response success, std::string_view already = {}, std::function<void()> committed = [] {},
    std::function<void(const fault&)> refused = [](const fault&) {});

}  // namespace musterd
