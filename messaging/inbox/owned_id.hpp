#pragma once

#include "common/text/uuid.hpp"

#include <compare>
#include <span>
#include <string>

namespace musterd {

/// An id with the tenant that chose it: another tenant's may be equal.
struct owned_id {
  uuid tenant, id;
  friend auto operator<=>(const owned_id&, const owned_id&) = default;
};

/// Two PostgreSQL array literals for unnest.
struct owned_arrays {
  explicit owned_arrays(std::span<const owned_id> of) {
    for (const auto& one : of) {
      append_to(tenants += &one == of.data() ? "" : ",", one.tenant);
      append_to(ids += &one == of.data() ? "" : ",", one.id);
    }
    tenants += '}';
    ids += '}';
  }
  std::string tenants = "{", ids = "{";
};

}  // namespace musterd
