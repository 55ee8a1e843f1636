#pragma once

#include "tests/support/http_client.hpp"

#include <boost/json/object.hpp>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace musterd::testing {

/// Holds real answers against the promises of the OpenAPI document.
class api_contract {
 public:
  explicit api_contract(boost::json::object document);
  ~api_contract();

  /// How an answer breaks the document: unknown status, error code or body. Empty if it does not, or if no
  /// operation matches the request. Does not check 5xx or what the document says once for all requests.
  std::string broken_by(const std::string& method, const std::string& path, const http_message& message,
                        const http_answer& answer);

  /// Why the text does not fit a schema of the document; empty if it does.
  std::string misfit(const boost::json::object& wanted, const std::string& text);

  /// A response of the document, with any reference resolved.
  const boost::json::object& resolved(const boost::json::object& response) const;
  const boost::json::object& document() const { return document_; }

 private:
  struct schema;

  const boost::json::object* operation(std::string_view method, std::string_view path) const;

  boost::json::object document_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<schema>> schemas_;
};

}  // namespace musterd::testing
