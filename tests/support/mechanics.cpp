#include "tests/support/mechanics.hpp"

#include "common/text/uuid.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <sstream>
#include <stdexcept>

namespace musterd::testing {
namespace {

constexpr auto add_person = R"(
  WITH model AS (
    SELECT u.tenant_id, a.role_id, a.scope_type, c.password_hash FROM security.app_user u
    JOIN people.role_assignment a USING (tenant_id, user_id) JOIN security.user_credential c USING (tenant_id, user_id)
    WHERE u.username = 'demo.mechanic' LIMIT 1),
  added_person AS (
    INSERT INTO people.person (tenant_id, person_id, first_name, last_name, status, status_effective_at, created_at,
      updated_at, version)
    SELECT tenant_id, $1::uuid, 'Test', $3, 'ACTIVE', now(), now(), now(), 1 FROM model),
  added_user AS (
    INSERT INTO security.app_user (tenant_id, user_id, person_id, username, status, status_effective_at, created_at,
      updated_at, version)
    SELECT tenant_id, $2::uuid, $1::uuid, $3, 'ACTIVE', now(), now(), now(), 1 FROM model),
  added_credential AS (
    INSERT INTO security.user_credential (tenant_id, user_id, password_hash, changed_at, version)
    SELECT tenant_id, $2::uuid, password_hash, now(), 1 FROM model)
  INSERT INTO people.role_assignment (tenant_id, assignment_id, user_id, role_id, scope_type, location_id,
    effective_start_date, created_at, updated_at, changed_by, version)
  SELECT tenant_id, $4::uuid, $2::uuid, role_id, 'LOCATION', $5::uuid, now() - interval '1 day', now(), now(),
    $2::uuid, 1 FROM model)";

}  // namespace

std::vector<mechanic> add_mechanics(pqxx::connection& db, int count) {
  std::vector<mechanic> added;
  pqxx::work tx{db};
  for (int i = 0; i < count; ++i) {
    mechanic one{to_string(uuid::generate()), {}};
    one.username = "test." + one.person_id;
    auto rows = tx.exec_params(add_person, one.person_id, to_string(uuid::generate()), one.username,
                               to_string(uuid::generate()), std::string{demo_shop});
    if (rows.affected_rows() != 1)
      throw std::runtime_error{"the demo company has no demo.mechanic to copy"};
    added.push_back(std::move(one));
  }
  tx.commit();
  return added;
}

std::string seeded_password(const std::string& seed_output, const std::string& username) {
  std::istringstream lines{seed_output};
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(username + "  "))
      return line.substr(username.size() + 2);
  throw std::runtime_error{"the seed printed no password for " + username + ": " + seed_output};
}

std::string log_in(http_client& client, const std::string& username, const std::string& password) {
  boost::json::object body{{"username", username}, {"password", password}};
  auto answer = client.post("/api/security/auth/token", boost::json::serialize(body));
  if (answer.status != 200)
    throw std::runtime_error{fmt::format("{} cannot log in: {} {}", username, answer.status, answer.body)};
  return std::string{boost::json::parse(answer.body).at("accessToken").as_string()};
}

}  // namespace musterd::testing
