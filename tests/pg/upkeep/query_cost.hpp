#pragma once

#include <pqxx/pqxx>

#include <functional>
#include <memory>
#include <string>

/// The cost of reading, in numbers independent of machine and load.
namespace musterd::testing {

/// Pages of tables and indexes that `work` touches within the transaction. Catalog reads of the planner do
/// not count.
std::int64_t pages_read(pqxx::transaction_base& tx, const std::function<void()>& work);

/// A connection like the read pool's.
std::unique_ptr<pqxx::connection> reading_connection(const std::string& url);

}  // namespace musterd::testing
