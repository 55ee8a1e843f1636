#pragma once

#include "actors/journal_client.hpp"
#include "http/routing/call.hpp"
#include "persistence/sql/read_pool.hpp"

namespace musterd {

/// Commits a unit that belongs to no entity and answers with `success`. An Idempotency-Key is heeded as for
/// commands. `already`: the code of a fault that means that everything is as it should be.
/// `committed` is called once it is, `refused` with why it is not.
void commit_and_answer(
    http_call&& call, const journal_client& commits, read_pool& reads, commit_unit unit,
    http_response success, std::string_view already = {}, std::function<void()> committed = [] {},
    std::function<void(const fault&)> refused = [](const fault&) {});

}  // namespace musterd
