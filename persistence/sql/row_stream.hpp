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

/// The fields of one row as text; nullopt for NULL. Valid only while the row is being handled.
using text_row = std::vector<std::optional<std::string_view>>;

/// How long a stream waits for the database.
struct stream_patience {
  /// Long, because sorting or summing a whole trail sends nothing for a while.
  std::chrono::milliseconds before_first_row = std::chrono::hours{1};
  std::chrono::milliseconds between_rows = std::chrono::minutes{10};
  /// The database's limit per statement, up to its last row; zero: none.
  std::chrono::milliseconds statement{0};
  /// Called before each statement and ten times a second during one, also while waiting for a row.
  std::function<bool()> go_on = [] { return true; };
};

/// A connection that yields the rows of a query one by one (libpq's single-row mode): a million rows need no
/// more memory than one. Waiting for the database fails once `cut` is requested.
class row_stream {
 public:
  /// Throws std::runtime_error on database failures, as do all functions below.
  explicit row_stream(const std::string& database_url, const std::stop_token& cut = {},
                      stream_patience patience = {});

  bool run(const std::string& sql) {
    return each(sql, {}, [](const text_row&) { return true; });
  }
  /// True after the last row; false if `take` or `go_on` returned false earlier. The connection is then
  /// closed, which ends the query at the server within a second or two, and the stream is unusable:
  /// cancelling would mean waiting for one more reply, without limit.
  bool each(const std::string& sql, const std::vector<std::string>& parameters,
            const std::function<bool(const text_row&)>& take);

 private:
  struct closer {
    void operator()(pg_conn* db) const;
  };
  /// False if `go_on` returns false first.
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
