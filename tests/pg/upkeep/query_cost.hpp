#pragma once

#include <pqxx/pqxx>

#include <functional>
#include <memory>
#include <string>

/// The cost of reading, in numbers that do not depend on the machine or its load.
namespace musterd::testing {

/// Pages of tables and indexes that `work` touches; it must stay inside the transaction. The planner's reads
/// of the catalog do not count.
std::int64_t pages_read(pqxx::transaction_base& tx, const std::function<void()>& work);

/// A connection like the read pool's.
std::unique_ptr<pqxx::connection> reading_connection(const std::string& url);

}  // namespace musterd::testing
