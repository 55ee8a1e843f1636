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

/// What the OpenAPI document promises, held against real answers.
class api_contract {
 public:
  explicit api_contract(boost::json::object document);
  ~api_contract();

  /// What an answer breaks: a status, an error's code or a body that the document does not know. Empty if it
  /// keeps it, or if the request is for no operation of the document. 5xx and what the document says of any
  /// request are left out.
  std::string broken_by(const std::string& method, const std::string& path, const http_message& message,
                        const http_answer& answer);

  /// Why the text is no JSON that fits a schema of the document; empty if it is.
  std::string misfit(const boost::json::object& wanted, const std::string& text);

  /// A response of the document, or the one it refers to.
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
