#include "http/outside_commit_route.hpp"

#include "actors/replay.hpp"
#include "http/command_route.hpp"

namespace musterd {

void commit_and_answer(http_call&& call, const outside_commit& commits, read_pool& reads,
                       answered_commit what) {
  auto ctx = call.context();
  auto unit = std::move(what.unit);
  if (ctx.idempotency_key)
    unit.writes.push_back(write_row(ctx.tenant, stored_answer{ctx.actor,
                                                              *ctx.idempotency_key,
                                                              ctx.request_digest,
                                                              what.success.status,
                                                              what.success.body,
                                                              {},
                                                              ctx.now}));
  auto held = std::make_shared<http_call>(std::move(call));
  commits.submit(ctx.tenant, std::move(unit),
                 [held, ctx, &reads, what = std::move(what)](const std::optional<fault>& failed) {
                   if (failed && failed->code == what.already)
                     return held->respond(what.success);
                   if (!failed)
                     what.committed();
                   entity_answer answer{failed, what.success.status, what.success.body, {}, !failed};
                   replay_or_answer(reads, ctx, std::move(answer),
                                    [held](entity_answer given, bool replayed) {
                                      if (given.failure)
                                        held->respond(*given.failure);
                                      else
                                        held->respond(to_response(std::move(given), replayed));
                                    });
                 });
}

}  // namespace musterd
