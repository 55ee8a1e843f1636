#include "tests/pg/rows/person_company.hpp"

#include "persistence/schema/server_role.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace musterd::testing {
namespace {

std::string environment(const char* name) {
  const auto* value = std::getenv(name);
  return value ? value : "";
}

std::string data_file(const std::string& name) {
  std::ifstream file{environment("MUSTERD_SOURCE_DIR") + "/seed/" + name};
  REQUIRE_MESSAGE(file.good(), "MUSTERD_SOURCE_DIR must name the source folder");
  return {std::istreambuf_iterator<char>{file}, {}};
}

void replace(std::string& text, const std::string& from, const std::string& to) {
  auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  text.replace(at, from.size(), to);
}

}  // namespace

bool database_is_there() {
  if (!environment("MUSTERD_DATABASE_URL").empty())
    return true;
  MESSAGE("skipped: MUSTERD_DATABASE_URL is not set");
  return false;
}

company::company()
    : db{std::make_unique<pqxx::connection>(environment("MUSTERD_MIGRATION_DATABASE_URL"))},
      company_json{data_file("demo.json")}, roles_json{data_file("roles.json")} {
  prepare_database(environment("MUSTERD_MIGRATION_DATABASE_URL"), environment("MUSTERD_DATABASE_URL"));
  replace(company_json, "01941f29-7c00-70f8-a46e-46305d6be9ac", to_string(tenant));
  replace(company_json, R"("code": "demo")", R"("code": ")" + code + '"');
}

seed_result company::import(const seed_options& options) {
  return import_company(
      *db, company_json, roles_json, [](const std::string& password) { return "$argon2id$" + password; },
      options);
}

login_record company::login(const std::string& username) {
  pqxx::work tx{*db};
  auto found = find_login(tx, code, username, {});
  REQUIRE(found.has_value());
  return *found;
}

person_state company::load(const std::string& username) {
  auto person = login(username).person;
  pqxx::work tx{*db};
  return load_person(tx, tenant, person);
}

std::string company::scalar(const std::string& sql) {
  pqxx::work tx{*db};
  return tx.exec_params1(sql, to_string(tenant))[0].as<std::string>();
}

}  // namespace musterd::testing
