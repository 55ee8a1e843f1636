#pragma once

#include "http/message/response.hpp"

#include <mutex>
#include <string>

namespace musterd {

/// The page that shows the OpenAPI document, and its one script.
class docs_page {
 public:
  /// `folder` holds rapidoc-min.js; if empty, the built-in one is used.
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
