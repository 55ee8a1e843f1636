#pragma once

#include <pqxx/pqxx>

#include <exception>

namespace musterd {

/// Whether `error` means that the database is away, and says nothing about the statement or its data.
bool is_infrastructure(const std::exception& error, const pqxx::connection& connection);
/// Deadlock or serialization failure: an immediate retry may succeed.
bool is_collision(const std::exception& error);

}  // namespace musterd
