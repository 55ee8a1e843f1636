#pragma once

#include "common/fault.hpp"

namespace musterd {

/// A way to be refused, declared once beside what it is about: rules and routes return it, the database's
/// constraints map to it, and commands and routes name it for the OpenAPI document.
struct known_fault {
  fault_kind kind;
  std::string_view code;
  std::string_view message;

  operator fault() const { return saying(std::string{message}); }  // NOLINT(google-explicit-constructor)
  /// In other words.
  fault saying(std::string words) const { return {kind, std::string{code}, std::move(words), {}, {}, {}}; }
};

consteval known_fault bad_request(std::string_view code, std::string_view message) {
  return {fault_kind::invalid, code, message};
}
consteval known_fault unauthenticated(std::string_view code, std::string_view message) {
  return {fault_kind::unauthenticated, code, message};
}
consteval known_fault forbidden(std::string_view code, std::string_view message) {
  return {fault_kind::forbidden, code, message};
}
consteval known_fault not_found(std::string_view code, std::string_view message) {
  return {fault_kind::not_found, code, message};
}
consteval known_fault conflict(std::string_view code, std::string_view message) {
  return {fault_kind::conflict, code, message};
}

}  // namespace musterd
