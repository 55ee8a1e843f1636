#pragma once

#include "actors/outside_commit.hpp"
#include "http/call.hpp"
#include "persistence/read_pool.hpp"

namespace musterd {

/// A commit that belongs to no entity, and what follows from it.
struct answered_commit {
  commit_unit unit;
  http_response success;
  /// The code of a fault that means that everything is as it should be.
  std::string_view already = {};
  /// Called once it is committed.
  std::function<void()> committed = [] {};
};

/// Commits and answers. An Idempotency-Key is heeded as for commands.
void commit_and_answer(http_call&& call, const outside_commit& commits, read_pool& reads,
                       answered_commit what);

}  // namespace musterd
