#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace musterd::testing {

struct http_answer {
  int status = 0;
  /// Keys are in lower case.
  std::map<std::string, std::string> headers;
  std::string body;

  std::string header(std::string_view lower_case_name) const;
};

/// What is sent besides method and path.
struct http_message {
  std::map<std::string, std::string> headers;
  /// Sent as application/json unless `headers` says otherwise.
  std::optional<std::string> body;
};

/// A client with one kept-alive connection; for one thread. Over https it trusts only `test_authority()`.
class http_client {
 public:
  /// `base`: "http://127.0.0.1:8080", for example.
  explicit http_client(std::string base, std::chrono::milliseconds timeout = std::chrono::seconds{10});
  ~http_client();
  http_client(const http_client&) = delete;
  http_client& operator=(const http_client&) = delete;

  /// Sent with every later request.
  void use_token(std::string token) { token_ = std::move(token); }
  /// Connects from another local address: 127.0.0.7, say.
  void come_from(const std::string& address);

  /// Whether the last request needed a new connection.
  bool has_reconnected() const;

  /// Nothing if no complete answer came: then the outcome is unknown.
  std::optional<http_answer> try_send(const std::string& method, const std::string& path,
                                      const http_message& message = {});
  /// Throws std::runtime_error if no answer came.
  http_answer send(const std::string& method, const std::string& path, const http_message& message = {});

  http_answer get(const std::string& path) { return send("GET", path); }
  http_answer post(const std::string& path, std::string body) {
    return send("POST", path, {{}, std::move(body)});
  }

 private:
  struct handle;

  std::string base_, token_;
  std::unique_ptr<handle> handle_;
};

}  // namespace musterd::testing
