#pragma once

#include "common/fault.hpp"
#include "http/message/request.hpp"
#include "http/message/response.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace musterd {

/// Origins whose pages may read our answers (CORS). Tokens are not cookies: no page needs browser
/// credentials, and none may send them.
class cross_origin {
 public:
  /// Allows none.
  cross_origin() = default;
  /// VALIDATION_FAILED for anything a browser would never send as `Origin`: a path, a default port, capitals,
  /// `*`, `null`.
  static outcome<cross_origin> of(std::vector<std::string> origins);

  bool is_on() const { return !origins_.empty(); }
  /// Our own copy of the origin; empty if it is not allowed.
  std::string_view allowed(std::string_view origin) const;

 private:
  std::vector<std::string> origins_;
};

/// Adds the answer to a preflight: the allowed methods and headers.
void answer_preflight(http_response& to, std::string_view methods);

}  // namespace musterd
