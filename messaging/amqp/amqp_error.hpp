#pragma once

#include <stdexcept>
#include <string>

namespace musterd {

/// Any failure between us and the broker, in the broker's words where it sent any.
class amqp_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// No connection (any more): unreachable, refused, cut, timed out, or closed by the broker.
class amqp_connection_lost : public amqp_error {
 public:
  /// `code` is AMQP's, if the broker closed the connection with one.
  explicit amqp_connection_lost(const std::string& text, int code = 0) : amqp_error{text}, code_{code} {}
  int code() const { return code_; }

 private:
  int code_;
};

/// A message that AMQP cannot carry. Nothing was sent; the connection remains usable.
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
