#include "actors/replay.hpp"

#include "common/observation/log.hpp"
#include "common/observation/trace.hpp"
#include "persistence/journal/stored_answers.hpp"
#include "persistence/sql/constraint_faults.hpp"

namespace musterd {
namespace {

entity_answer failure(fault f) {
  return {std::move(f), 0, {}, {}, false};
}

fault key_reused() {
  return {fault_kind::unprocessable,
          "IDEMPOTENCY_KEY_REUSED",
          "This Idempotency-Key was used for another request.",
          {},
          {},
          {}};
}

/// Digests of different lengths cannot be compared: one is from the release before digests were keyed, and is
/// purged after a day.
bool is_another(const std::string& digest, const std::string& first) {
  return digest.size() == first.size() && digest != first;
}

void answer_from(const std::optional<stored_answer>& first, const request_context& ctx, entity_answer answer,
                 const answer_callback& done) {
  if (first && is_another(ctx.request_digest, first->digest))
    return done(failure(key_reused()), false);
  if (first)
    return done({{}, first->status, first->body, first->resource_version, false}, true);
  // The key blocked a commit but was purged before we looked: the client may simply retry.
  if (answer.failure && answer.failure->code == idempotency_key_used.code)
    answer.failure = unavailable("The Idempotency-Key is being forgotten; try again.");
  done(std::move(answer), false);
}

}  // namespace

void replay_or_answer(read_pool& reads, const request_context& ctx, entity_answer answer,
                      const answer_callback& done) {
  // An unknown outcome or a busy server says nothing about the first answer.
  auto may_be_repetition =
      !answer.changed && ctx.idempotency_key && !(answer.failure && is_transient(*answer.failure));
  if (!may_be_repetition)
    return done(std::move(answer), false);
  auto held = std::make_shared<entity_answer>(std::move(answer));
  auto accepted = reads.submit(
      {[ctx, held, done](pqxx::transaction_base& tx) {
         auto first = find_stored_answer(tx, ctx);  // may throw and be retried, so the answer is still needed
         answer_from(first, ctx, std::move(*held), done);
       },
       [ctx, done](const std::exception& e) {
         trace_scope tracing{ctx};
         log::warn({"replay", "lookup_failed", ctx.correlation_id}, "{}", e.what());
         done(failure(unavailable("The first answer could not be looked up; try again.")), false);
       }});
  if (!accepted)
    done(failure(busy("Too many requests at once.")), false);
}

}  // namespace musterd
