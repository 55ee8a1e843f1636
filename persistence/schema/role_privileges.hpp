#pragma once

#include <pqxx/pqxx>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace musterd {

/// Something in the database that privileges are granted on.
struct database_object {
  /// As GRANT names it: TABLE, SEQUENCE, ROUTINE, SCHEMA or DATABASE.
  std::string kind;
  /// "audit.entry"; without the arguments of a routine.
  std::string name;
  /// As GRANT takes it.
  std::string target;
};

/// What the role, or everybody, is to have: "SELECT, INSERT".
using wanted_privileges = std::function<std::string_view(const database_object&)>;

/// Gives the role what it is to have on each object of these schemas and on the database, and takes away what
/// else it or everybody has there, but for CONNECT. What is right already is not touched: a start of a server
/// that changes nothing writes nothing. Answers what could not be changed, as the statements it would take.
std::vector<std::string> settle_privileges(pqxx::transaction_base& tx, const std::string& role,
                                           std::string_view schemas, const wanted_privileges& wanted);

}  // namespace musterd
