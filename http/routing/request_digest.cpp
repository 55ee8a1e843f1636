#include "http/routing/request_digest.hpp"

#include "common/text/digest.hpp"

namespace musterd {

std::string request_digest(const http_request& request, const request_key& key) {
  return hex_digest(
      {verb_name(request.method), request.target.path(), request.target.raw_query(), request.body}, 32, key);
}

}  // namespace musterd
