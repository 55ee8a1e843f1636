#pragma once

#include "common/text/uuid.hpp"
#include "common/time/time.hpp"
#include "domain/access/role_catalog.hpp"

#include <pqxx/pqxx>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The documented import of a company file (persistence/audit/company_file.hpp).
namespace musterd {

using hash_password_fn = std::function<std::string(const std::string& password)>;

struct seed_options {
  /// By username; who is not named gets a random one.
  std::map<std::string, std::string> passwords;
  /// Also for users that have one already.
  bool reset_passwords = false;
  timestamp now{};
};

struct seeded_login {
  std::string username;
  /// Nothing when the user keeps the password it has.
  std::optional<std::string> password;
};

struct seed_result {
  /// 0 when everything had been there.
  std::size_t rows_added = 0;
  std::vector<seeded_login> logins;
};

/// Adds what is missing of a company and its roles, in one transaction; changes nothing that is there, so it
/// may run at every start. Throws std::runtime_error for a file that does not fit.
seed_result import_company(pqxx::connection& db, std::string_view company_json, std::string_view roles_json,
                           const hash_password_fn& hash_password, const seed_options& options);

/// The default roles as a new company gets them.
std::vector<role> default_roles(std::string_view roles_json, timestamp now);

/// The default roles for a tenant that is there. Grants of a role that exists are left as they are.
std::size_t import_roles(pqxx::transaction_base& tx, tenant_uuid tenant, std::string_view roles_json,
                         timestamp now);

}  // namespace musterd
