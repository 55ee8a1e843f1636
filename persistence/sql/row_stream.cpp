#include "persistence/sql/row_stream.hpp"

#include "persistence/sql/connection.hpp"

#include <libpq-fe.h>

#include <stdexcept>
#include <utility>

namespace musterd {
namespace {

/// A sort or a sum over a whole trail says nothing for long.
constexpr std::chrono::hours before_first_row{1};
constexpr std::chrono::minutes between_rows{10};

struct result_closer {
  void operator()(PGresult* result) const { PQclear(result); }
};
using result_ptr = std::unique_ptr<PGresult, result_closer>;

void read_row(const PGresult* result, text_row& row) {
  row.resize(static_cast<std::size_t>(PQnfields(result)));
  for (int i = 0; i < static_cast<int>(row.size()); ++i)
    if (PQgetisnull(result, 0, i) != 0)
      row[static_cast<std::size_t>(i)].reset();
    else
      row[static_cast<std::size_t>(i)] =
          std::string_view{PQgetvalue(result, 0, i), static_cast<std::size_t>(PQgetlength(result, 0, i))};
}

void cancel(PGconn* db) {
  char ignored[256];
  std::unique_ptr<PGcancel, decltype(&PQfreeCancel)> handle{PQgetCancel(db), PQfreeCancel};
  if (handle)
    PQcancel(handle.get(), ignored, sizeof ignored);
}

}  // namespace

void row_stream::closer::operator()(pg_conn* db) const {
  PQfinish(db);
}

row_stream::row_stream(const std::string& database_url, const std::stop_token& cut)
    : db_{PQconnectdb(with_time_limits(database_url).c_str())} {
  if (PQstatus(db_.get()) != CONNECTION_OK)
    fail();
  interruption_.emplace(PQsocket(db_.get()), "musterd stream", cut);
  auto limit = interruption_->within(time_to_prepare);
  std::string settings = settings_of_all;
  settings += "SET application_name = 'musterd stream'";
  result_ptr prepared{PQexec(db_.get(), settings.c_str())};
  if (PQresultStatus(prepared.get()) != PGRES_COMMAND_OK)
    fail();
}

void row_stream::fail() const {
  throw std::runtime_error{db_ ? PQerrorMessage(db_.get()) : "out of memory"};
}

void row_stream::each(const std::string& sql, const std::vector<std::string>& parameters,
                      const std::function<bool(const text_row&)>& take) {
  std::vector<const char*> values;
  for (const auto& p : parameters)
    values.push_back(p.c_str());
  auto* db = db_.get();
  if (PQsendQueryParams(db, sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(), nullptr,
                        nullptr, 0) == 0 ||
      PQsetSingleRowMode(db) == 0)
    fail();
  text_row row;
  bool wanted = true;
  std::string error;
  std::chrono::milliseconds silence = before_first_row;
  auto next_result = [&] {
    auto limit = interruption_->within(std::exchange(silence, between_rows));
    return result_ptr{PQgetResult(db)};
  };
  while (auto result = next_result()) {  // always to its end, or the connection is of no more use
    auto status = PQresultStatus(result.get());
    if (status == PGRES_SINGLE_TUPLE && wanted) {
      read_row(result.get(), row);
      wanted = take(row);
      if (!wanted)
        cancel(db);
    } else if (status != PGRES_SINGLE_TUPLE && status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK &&
               wanted) {
      error = PQresultErrorMessage(result.get());
    }
  }
  if (!error.empty())
    throw std::runtime_error{error};
}

}  // namespace musterd
