#pragma once

#include "common/observation/trace.hpp"
#include "http/routing/call.hpp"
#include "persistence/sql/read_pool.hpp"

namespace musterd {

/// The answer to a failed read: 400 for an invalid page token, otherwise 503.
fault fault_of_read(const std::exception& e, const http_request& request);

/// Passes a call to `next(tx, call)` on the read pool: reads never block a writer or an HTTP thread.
template <class Next>
void with_database(http_call&& call, read_pool& reads, const Next& next, read_use use = read_use::command) {
  auto held = std::make_shared<http_call>(std::move(call));
  auto accepted = reads.submit({[held, next](pqxx::transaction_base& tx) {
                                  trace_scope tracing{held->request.trace()};
                                  next(tx, std::move(*held));
                                },
                                [held](const std::exception& e) {
                                  trace_scope tracing{held->request.trace()};
                                  held->respond(fault_of_read(e, held->request));
                                }},
                               use);
  if (!accepted)
    held->respond(busy("Too many queries at once."));
}

/// Answers a call with `outcome<http_response> query(tx, call)`.
template <class Query>
void answer_from_database(http_call&& call, read_pool& reads, Query query, read_use use = read_use::command) {
  with_database(
      std::move(call), reads,
      [query](pqxx::transaction_base& tx, http_call&& held) { held.respond(query(tx, std::as_const(held))); },
      use);
}

/// A handler for such a query of a record or two.
template <class Query>
handler_fn from_database(read_pool& reads, Query query) {
  return [&reads, query](http_call&& call) { answer_from_database(std::move(call), reads, query); };
}

/// A handler for lists and reports: they queue behind each other, nothing else behind them.
template <class Query>
handler_fn list_from_database(read_pool& reads, Query query) {
  return [&reads, query](http_call&& call) {
    answer_from_database(std::move(call), reads, query, read_use::list);
  };
}

}  // namespace musterd
