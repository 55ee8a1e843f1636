#pragma once

#include "common/text/uuid.hpp"

#include <compare>
#include <span>
#include <string>

namespace musterd {

/// An id as its tenant chose it: another tenant's may be the same.
struct owned_id {
  uuid tenant, id;
  friend auto operator<=>(const owned_id&, const owned_id&) = default;
};

/// Two arrays in PostgreSQL's words, for unnest.
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
