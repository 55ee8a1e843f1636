#pragma once

#include "common/process/interruption.hpp"

#include <chrono>
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

/// How long a stream waits for the database.
struct stream_patience {
  /// A sort or a sum over a whole trail says nothing for long.
  std::chrono::milliseconds before_first_row = std::chrono::hours{1};
  std::chrono::milliseconds between_rows = std::chrono::minutes{10};
  /// What the database itself gives each statement, its last row included; zero: as long as it takes.
  std::chrono::milliseconds statement{0};
  /// Asked before each statement and ten times a second during one, while a row is waited for too.
  std::function<bool()> go_on = [] { return true; };
};

/// A connection that hands out the rows of a query one by one as they come (libpq's single-row mode): a
/// million rows need no more memory than one. What waits for the database fails once `cut` is requested.
class row_stream {
 public:
  /// Throws std::runtime_error, as every other function here does when the database does not do its part.
  explicit row_stream(const std::string& database_url, const std::stop_token& cut = {},
                      stream_patience patience = {});

  bool run(const std::string& sql) {
    return each(sql, {}, [](const text_row&) { return true; });
  }
  /// True after the last row; false when `take` or `go_on` answered false before that. The connection is
  /// closed then, which ends the query at the server within a second or two, and the stream is of no more
  /// use: to ask for a cancellation is to wait for one more answer, without limit.
  bool each(const std::string& sql, const std::vector<std::string>& parameters,
            const std::function<bool(const text_row&)>& take);

 private:
  struct closer {
    void operator()(pg_conn* db) const;
  };
  /// False when `go_on` answers false first.
  bool wait_for_result(std::chrono::milliseconds silence);
  bool is_wanted();
  bool hang_up();
  [[noreturn]] void fail() const;

  std::unique_ptr<pg_conn, closer> db_;
  std::optional<interruption> interruption_;
  stream_patience patience_;
  std::chrono::steady_clock::time_point asked_at_{};
};

}  // namespace musterd
