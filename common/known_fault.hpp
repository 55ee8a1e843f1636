#pragma once

#include "common/fault.hpp"

#include <array>

namespace musterd {

/// A fault by which a command or query may be refused beyond what its fields' types say. Named beside the
/// command or on the route, for whoever calls it.
struct known_fault {
  fault_kind kind;
  std::string_view code;
};

/// What commands write: `static constexpr std::array faults{known::conflict("ALREADY_CLOCKED_IN")};`
namespace known {

constexpr known_fault invalid(std::string_view code) {
  return {fault_kind::invalid, code};
}
constexpr known_fault unauthenticated(std::string_view code) {
  return {fault_kind::unauthenticated, code};
}
constexpr known_fault forbidden(std::string_view code) {
  return {fault_kind::forbidden, code};
}
constexpr known_fault not_found(std::string_view code) {
  return {fault_kind::not_found, code};
}
constexpr known_fault conflict(std::string_view code) {
  return {fault_kind::conflict, code};
}

}  // namespace known
}  // namespace musterd
