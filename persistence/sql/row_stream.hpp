#pragma once

#include "common/process/interruption.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct pg_conn;

namespace musterd {

/// The fields of one row as text; nothing for NULL. Valid while the row is being handled.
using text_row = std::vector<std::optional<std::string_view>>;

/// A connection that hands out the rows of a query one by one as they come (libpq's single-row mode): a
/// million rows need no more memory than one. What waits for the database fails once `cut` is requested.
class row_stream {
 public:
  /// Throws std::runtime_error, as every other function here does when the database does not do its part.
  explicit row_stream(const std::string& database_url, const std::stop_token& cut = {});

  void run(const std::string& sql) {
    each(sql, {}, [](const text_row&) { return true; });
  }
  /// Until there are no more rows, or `take` answers false: the query is cancelled then.
  void each(const std::string& sql, const std::vector<std::string>& parameters,
            const std::function<bool(const text_row&)>& take);

 private:
  struct closer {
    void operator()(pg_conn* db) const;
  };
  [[noreturn]] void fail() const;

  std::unique_ptr<pg_conn, closer> db_;
  std::optional<interruption> interruption_;
};

}  // namespace musterd
