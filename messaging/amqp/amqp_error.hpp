#pragma once

#include <stdexcept>
#include <string>

namespace musterd {

/// Anything that went wrong between us and the broker, in the broker's words where it sent some.
class amqp_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// There is no connection (any more): not reachable, refused, cut, timed out, closed by the broker.
class amqp_connection_lost : public amqp_error {
 public:
  /// `code` is AMQP's where the broker gave one when it closed the connection.
  explicit amqp_connection_lost(const std::string& text, int code = 0) : amqp_error{text}, code_{code} {}
  int code() const { return code_; }

 private:
  int code_;
};

/// A message that AMQP cannot carry. Nothing of it was sent; the connection is as good as before.
class amqp_unsendable : public amqp_error {
 public:
  using amqp_error::amqp_error;
};

/// The broker refused an operation and closed the channel; `code` is AMQP's (404, 406, ...).
class amqp_refused : public amqp_error {
 public:
  amqp_refused(int code, const std::string& text) : amqp_error{text}, code_{code} {}
  int code() const { return code_; }

 private:
  int code_;
};

}  // namespace musterd
