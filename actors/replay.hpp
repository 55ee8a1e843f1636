#pragma once

#include "actors/aggregate.hpp"
#include "persistence/sql/read_pool.hpp"

#include <functional>

namespace musterd {

using answer_callback = std::function<void(entity_answer, bool replayed)>;

/// Passes an answer on. A command that has an Idempotency-Key and changed nothing may be a repetition: then
/// the first answer is looked up and repeated, or it is 422 if the key came with another request (D-8, D-9).
/// The hot path, a first success, costs nothing.
void replay_or_answer(read_pool& reads, const request_context& ctx, entity_answer answer,
                      const answer_callback& done);

}  // namespace musterd
