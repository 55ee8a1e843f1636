#pragma once

#include "http/message/response.hpp"

#include <mutex>
#include <string>

namespace musterd {

/// Where the page that shows the OpenAPI document takes its one script from.
class docs_page {
 public:
  /// `folder` holds rapidoc-min.js; empty uses the one built into the program.
  explicit docs_page(std::string folder) : folder_{std::move(folder)} {}

  /// The page, or one that says how to get the script.
  http_response page() const;
  http_response script();

 private:
  std::string load_script() const;

  std::string folder_;
  std::once_flag loaded_;
  std::shared_ptr<const shared_text> script_;
};

}  // namespace musterd
