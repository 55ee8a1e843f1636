#pragma once

#include "common/log.hpp"
#include "http/call.hpp"
#include "persistence/read_pool.hpp"

namespace musterd {

/// Answers a call with what `query` makes of the database: `outcome<http_response> query(tx, call)`, run on
/// the read pool, so that lists and reports never block a writer or an HTTP thread.
template <class Query>
void answer_from_database(http_call&& call, read_pool& reads, Query query) {
  auto held = std::make_shared<http_call>(std::move(call));
  auto accepted =
      reads.submit({[held, query](pqxx::transaction_base& tx) { held->respond(query(tx, *held)); },
                    [held](const std::exception& e) {
                      log::error({"http", "query_failed", held->request.correlation_id}, "{}", e.what());
                      held->respond(unavailable("The database could not answer."));
                    }});
  if (!accepted)
    held->respond(busy("Too many queries at once."));
}

/// A route's handler for such a query.
template <class Query>
handler_fn from_database(read_pool& reads, Query query) {
  return [&reads, query](http_call&& call) { answer_from_database(std::move(call), reads, query); };
}

}  // namespace musterd
