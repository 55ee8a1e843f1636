#pragma once

#include <pqxx/pqxx>

#include <functional>
#include <memory>
#include <string>

/// What reading costs, in numbers that no machine and no load on it changes.
namespace musterd::testing {

/// How many pages of tables and indexes `work` touches; it must stay inside the transaction. What the
/// planner reads of the catalog is not counted.
std::int64_t pages_read(pqxx::transaction_base& tx, const std::function<void()>& work);

/// A connection as the read pool has them.
std::unique_ptr<pqxx::connection> reading_connection(const std::string& url);

}  // namespace musterd::testing
