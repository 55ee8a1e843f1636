#include "http/routing/database_route.hpp"

#include "common/observation/log.hpp"
#include "persistence/sql/pages/page_query.hpp"

namespace musterd {

fault fault_of_read(const std::exception& e, const http_request& request) {
  if (dynamic_cast<const page_token_refused*>(&e) != nullptr)
    return validation_failed({{"pageToken", "pageToken must be the nextPageToken of a page of this list."}});
  log::error({"http", "query_failed", request.correlation_id}, "{}", e.what());
  return unavailable("The database could not answer.");
}

}  // namespace musterd
