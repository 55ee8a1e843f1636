#pragma once

#include <pqxx/pqxx>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace musterd {

struct database_object {
  /// As GRANT names it: TABLE, SEQUENCE, ROUTINE, SCHEMA or DATABASE.
  std::string kind;
  /// "audit.entry"; routines without their arguments.
  std::string name;
  /// In GRANT's syntax.
  std::string target;
};

/// The privileges the role should have: "SELECT, INSERT".
using wanted_privileges = std::function<std::string_view(const database_object&)>;

/// Grants the role what it should have on each object of these schemas and on the database, and revokes all
/// else from it and PUBLIC, except PUBLIC's CONNECT. Leaves correct privileges alone, so an unchanged setup
/// writes nothing. Returns statements for what could not be changed.
std::vector<std::string> settle_privileges(pqxx::transaction_base& tx, const std::string& role,
                                           std::string_view schemas, const wanted_privileges& wanted);

}  // namespace musterd
