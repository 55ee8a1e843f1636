#pragma once

#include "persistence/jobs/seed.hpp"
#include "persistence/journal/commit_batch.hpp"
#include "persistence/load/load_person.hpp"

#include <memory>
#include <string>

namespace musterd::testing {

/// The demo company as a private tenant in the database of MUSTERD_DATABASE_URL. Needs MUSTERD_SOURCE_DIR for
/// the data files.
struct company {
  company();

  std::unique_ptr<pqxx::connection> db;
  /// For this connection only: it remembers what it prepared there.
  commit_batch batch;
  tenant_uuid tenant = tenant_uuid::generate();
  std::string code = "demo-" + to_string(tenant);
  std::string company_json, roles_json;

  /// Imports with an instant fake hash.
  seed_result import(const seed_options& options = {});
  login_record login(const std::string& username);
  person_state load(const std::string& username);
  std::string scalar(const std::string& sql);
};

/// False, with a message, if there is no database to test against.
bool database_is_there();

}  // namespace musterd::testing
