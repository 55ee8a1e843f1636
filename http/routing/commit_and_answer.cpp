#include "http/routing/commit_and_answer.hpp"

#include "actors/replay.hpp"
#include "http/routing/command_route.hpp"

namespace musterd {

void commit_and_answer(http_call&& call, const journal_client& commits, read_pool& reads, commit_unit unit,
                       http_response success, std::string_view already, std::function<void()> committed,
                       std::function<void(const fault&)> refused) {
  auto ctx = call.context();
  if (ctx.idempotency_key)
    unit.writes.push_back(write_row(ctx.tenant, stored_answer{ctx.actor,
                                                              *ctx.idempotency_key,
                                                              ctx.request_digest,
                                                              success.status,
                                                              success.body,
                                                              {},
                                                              ctx.now,
                                                              {}}));
  auto held = std::make_shared<http_call>(std::move(call));
  commits.submit(ctx.tenant, std::move(unit),
                 [held, ctx, &reads, already, committed = std::move(committed), refused = std::move(refused),
                  success = std::move(success)](std::optional<fault> failed) mutable {
                   if (failed && failed->code == already)
                     return held->respond(std::move(success));
                   if (failed)
                     refused(*failed);
                   else
                     committed();
                   entity_answer answer{failed, success.status, std::move(success.body), {}, !failed};
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
