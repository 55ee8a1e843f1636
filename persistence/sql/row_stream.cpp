#include "persistence/sql/row_stream.hpp"

#include "persistence/sql/connection.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>

#include <stdexcept>
#include <utility>

namespace musterd {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds between_questions{100};

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

}  // namespace

void row_stream::closer::operator()(pg_conn* db) const {
  PQfinish(db);
}

row_stream::row_stream(const std::string& database_url, const std::stop_token& cut, stream_patience patience)
    : db_{PQconnectdb(with_time_limits(database_url).c_str())}, patience_{std::move(patience)} {
  if (PQstatus(db_.get()) != CONNECTION_OK)
    fail();
  interruption_.emplace(PQsocket(db_.get()), "musterd stream", cut);
  auto limit = interruption_->within(time_to_prepare);
  auto settings = fmt::format("{}SET application_name = 'musterd stream'; SET statement_timeout = {}",
                              settings_of_all, patience_.statement.count());
  result_ptr prepared{PQexec(db_.get(), settings.c_str())};
  if (PQresultStatus(prepared.get()) != PGRES_COMMAND_OK)
    fail();
}

void row_stream::fail() const {
  throw std::runtime_error{db_ ? PQerrorMessage(db_.get()) : "the stream has no connection"};
}

bool row_stream::is_wanted() {
  if (clock::now() < asked_at_ + between_questions)
    return true;
  asked_at_ = clock::now();
  return patience_.go_on();
}

/// Cuts first: closing politely would wait to send a last message to the server.
bool row_stream::hang_up() {
  interruption_->cut();
  db_.reset();
  interruption_.reset();
  return false;
}

bool row_stream::wait_for_result(std::chrono::milliseconds silence) {
  auto* db = db_.get();
  auto limit = interruption_->within(silence);
  while (PQisBusy(db) != 0) {
    pollfd socket{PQsocket(db), POLLIN, 0};
    ::poll(&socket, 1, static_cast<int>(between_questions.count()));
    if (!is_wanted())
      return false;
    if (PQconsumeInput(db) == 0)
      fail();
  }
  return true;
}

bool row_stream::each(const std::string& sql, const std::vector<std::string>& parameters,
                      const std::function<bool(const text_row&)>& take) {
  auto* db = db_.get();
  if (db == nullptr)
    fail();
  asked_at_ = {};
  if (!is_wanted())
    return hang_up();
  std::vector<const char*> values;
  for (const auto& p : parameters)
    values.push_back(p.c_str());
  if (PQsendQueryParams(db, sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(), nullptr,
                        nullptr, 0) == 0 ||
      PQsetSingleRowMode(db) == 0)
    fail();
  text_row row;
  std::string error;
  for (auto silence = patience_.before_first_row;; silence = patience_.between_rows) {
    if (!wait_for_result(silence))
      return hang_up();
    result_ptr result{PQgetResult(db)};
    if (!result)
      break;  // only now is the connection usable again
    auto status = PQresultStatus(result.get());
    if (status == PGRES_SINGLE_TUPLE) {
      read_row(result.get(), row);
      if (!take(row) || !is_wanted())
        return hang_up();
    } else if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
      error = PQresultErrorMessage(result.get());
    }
  }
  if (!error.empty())
    throw std::runtime_error{error};
  return true;
}

}  // namespace musterd
