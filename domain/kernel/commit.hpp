#pragma once

#include "domain/kernel/context.hpp"
#include "domain/kernel/table.hpp"

#include <chrono>
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
  /// Whose record the answer shows, if it is not the actor's own: it goes when they are erased.
  std::optional<uuid> subject;
};
BOOST_DESCRIBE_STRUCT(stored_answer, (),
                      (actor, key, digest, status, body, resource_version, created_at, subject))
template <>
struct table_of<stored_answer> : insert_table<"journal.idempotency_key", "actor, key"> {};

/// The version of a record as a whole: each commit of an entity follows the one it was decided on by exactly
/// one, so that of two actors of one key only one can commit, whatever they write.
struct record_version {
  std::string aggregate;
  uuid record_id;
  std::int64_t version = 1;
  /// The version at which it last changed in what decisions about other records go by.
  std::int64_t relied_on = 0;
};
BOOST_DESCRIBE_STRUCT(record_version, (), (aggregate, record_id, version, relied_on))
template <>
struct table_of<record_version> : versioned_table<"journal.record_version", "record_id, aggregate"> {};

/// What is committed of one: 0 while nothing is.
struct committed_versions {
  std::int64_t record = 0;
  std::int64_t relied_on = 0;
};

/// The company that a decision went by, at the version its roles and shops last changed: the commit fails as
/// COMPANY_CHANGED if they have changed since, and keeps them from changing meanwhile.
struct relied_on_company {
  uuid record_id;
  std::int64_t version = 0;
};
BOOST_DESCRIBE_STRUCT(relied_on_company, (), (record_id, version))
template <>
struct table_of<relied_on_company> : compared_table<"journal.company_version", "record_id"> {};

/// The same of the person who acts, at the version their powers last changed: CALLER_CHANGED.
struct relied_on_caller {
  uuid record_id;
  std::int64_t version = 0;
};
BOOST_DESCRIBE_STRUCT(relied_on_caller, (), (record_id, version))
template <>
struct table_of<relied_on_caller> : compared_table<"journal.person_version", "record_id"> {};

/// Everything one command writes: it is committed as a whole or not at all. One without writes is answered
/// once no earlier commit of its entity can take effect any more.
struct commit_unit {
  /// Commits of one entity are written in the order they were asked for.
  uuid entity;
  std::vector<row_write> writes;
  /// The version it gives its record, whose row is among `writes`; 0 where it is nobody's.
  struct advanced {
    tenant_uuid tenant;
    record_version to{{}, {}, 0};
  };
  advanced record = {};
  /// Fails as COMPANY_CHANGED or CALLER_CHANGED when that is at another version by then.
  void rely_on(tenant_uuid tenant, const relied_on_company& on) { writes.push_back(write_row(tenant, on)); }
  void rely_on(tenant_uuid tenant, const relied_on_caller& on) { writes.push_back(write_row(tenant, on)); }

  /// Not begun after this: whoever asked has stopped waiting.
  std::chrono::steady_clock::time_point begin_by = std::chrono::steady_clock::time_point::max();

  void advance(tenant_uuid tenant, record_version to) {
    writes.push_back(write_row(tenant, to));
    record = {tenant, std::move(to)};
  }
};

}  // namespace musterd
