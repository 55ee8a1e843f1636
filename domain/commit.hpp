#pragma once

#include "domain/context.hpp"
#include "domain/table.hpp"

#include <optional>
#include <vector>

namespace musterd {

/// The first answer to a request that carried an Idempotency-Key, stored with the change it made.
struct stored_answer {
  uuid actor;
  std::string key;
  /// `request_context::request_digest` of the request that was answered.
  std::string digest;
  std::int64_t status = 200;
  std::string body;
  std::optional<std::int64_t> resource_version;
  timestamp created_at{};
};
BOOST_DESCRIBE_STRUCT(stored_answer, (), (actor, key, digest, status, body, resource_version, created_at))
template <>
struct table_of<stored_answer> : insert_table<"journal.idempotency_key", "actor, key"> {};

/// Everything one command writes: it is committed as a whole or not at all.
struct commit_unit {
  /// Commits of one entity are written in the order they were asked for.
  uuid entity;
  std::vector<row_write> writes;
};

}  // namespace musterd
