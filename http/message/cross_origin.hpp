#pragma once

#include "common/fault.hpp"
#include "http/message/request.hpp"
#include "http/message/response.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace musterd {

/// Pages of which origins may read our answers (CORS). Tokens are no cookies: no page needs the browser to
/// send credentials, and none is allowed to make it.
class cross_origin {
 public:
  /// Nobody.
  cross_origin() = default;
  /// VALIDATION_FAILED for what no browser would send as `Origin`: a path, a default port, capitals, `*`,
  /// `null`.
  static outcome<cross_origin> of(std::vector<std::string> origins);

  bool is_on() const { return !origins_.empty(); }
  /// Our own copy of the origin, or an empty text where it may not read.
  std::string_view allowed(std::string_view origin) const;

 private:
  std::vector<std::string> origins_;
};

/// Adds what a browser asks before it lets a page send a request: which methods and headers it may.
void answer_preflight(http_response& to, std::string_view methods);

}  // namespace musterd
