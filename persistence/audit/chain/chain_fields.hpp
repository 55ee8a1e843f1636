#pragma once

#include "persistence/audit/chain/audit_key.hpp"

#include <pqxx/field>

namespace musterd {

inline uuid id_in(const pqxx::field& field) {
  return uuid::parse(field.c_str()).value();
}

/// All zero, which matches nothing, if the field holds no hash.
inline chain_hash hash_in(const pqxx::field& field) {
  return hash_from_hex(field.c_str()).value_or(chain_hash{});
}

}  // namespace musterd
