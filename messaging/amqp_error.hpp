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
