#pragma once

#include "common/log.hpp"
#include "common/trace.hpp"
#include "http/call.hpp"
#include "persistence/read_pool.hpp"

namespace musterd {

/// Hands a call on to `next(tx, call)` on the read pool, so that what reads the database never blocks a
/// writer or an HTTP thread.
template <class Next>
void with_database(http_call&& call, read_pool& reads, const Next& next) {
  auto held = std::make_shared<http_call>(std::move(call));
  auto accepted =
      reads.submit({[held, next](pqxx::transaction_base& tx) {
                      trace_scope tracing{held->request.trace()};
                      next(tx, std::move(*held));
                    },
                    [held](const std::exception& e) {
                      trace_scope tracing{held->request.trace()};
                      log::error({"http", "query_failed", held->request.correlation_id}, "{}", e.what());
                      held->respond(unavailable("The database could not answer."));
                    }});
  if (!accepted)
    held->respond(busy("Too many queries at once."));
}

/// Answers a call with what `query` makes of the database: `outcome<http_response> query(tx, call)`.
template <class Query>
void answer_from_database(http_call&& call, read_pool& reads, Query query) {
  with_database(std::move(call), reads, [query](pqxx::transaction_base& tx, http_call&& held) {
    held.respond(query(tx, std::as_const(held)));
  });
}

/// A route's handler for such a query.
template <class Query>
handler_fn from_database(read_pool& reads, Query query) {
  return [&reads, query](http_call&& call) { answer_from_database(std::move(call), reads, query); };
}

}  // namespace musterd
