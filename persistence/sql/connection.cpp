#include "persistence/sql/connection.hpp"

#include "common/process/interruption.hpp"

#include <libpq-fe.h>
#include <poll.h>

#include <array>
#include <stdexcept>

namespace musterd {
namespace {

struct time_limit {
  std::string_view keyword;
  std::string_view value;
};
/// Seconds, but for tcp_user_timeout, which is in milliseconds.
constexpr std::array time_limits{time_limit{"connect_timeout", "3"},  time_limit{"keepalives", "1"},
                                 time_limit{"keepalives_idle", "5"},  time_limit{"keepalives_interval", "2"},
                                 time_limit{"keepalives_count", "3"}, time_limit{"tcp_user_timeout", "6000"}};

std::string quoted(std::string_view value) {
  std::string result = "'";
  for (char c : value) {
    if (c == '\'' || c == '\\')
      result += '\\';
    result += c;
  }
  return result += '\'';
}

using parsed_url = std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)>;

parsed_url parse(const std::string& url) {
  // What libpq would say of it may quote the password.
  parsed_url options{PQconninfoParse(url.c_str(), nullptr), &PQconninfoFree};
  if (!options)
    throw std::runtime_error{"the database URL cannot be read"};
  return options;
}

}  // namespace

std::string with_time_limits(const std::string& url) {
  auto options = parse(url);
  std::string result;
  auto add = [&](std::string_view keyword, std::string_view value) {
    result += std::string{keyword} + '=' + quoted(value) + ' ';
  };
  for (auto* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) {
      add(option->keyword, option->val);
      continue;
    }
    for (const auto& limit : time_limits)
      if (limit.keyword == option->keyword)
        add(limit.keyword, limit.value);
  }
  return result;
}

database_login login_of(const std::string& url) {
  auto options = parse(url);
  auto value = [&](std::string_view keyword) -> std::string {
    for (auto* option = options.get(); option->keyword != nullptr; ++option)
      if (option->keyword == keyword && option->val != nullptr)
        return option->val;
    return {};
  };
  return {value("user"), value("password"), value("dbname")};
}

std::unique_ptr<pqxx::connection> open_connection(const std::string& url, const std::string& settings,
                                                  const std::stop_token& cut) {
  auto db = std::make_unique<pqxx::connection>(with_time_limits(url));
#if PQXX_VERSION_MAJOR < 7
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  db->inhibit_reactivation(true);
#pragma GCC diagnostic pop
#endif
  interruption interruptible{db->sock(), "a new session", cut};
  auto limit = interruptible.within(time_to_prepare);
  pqxx::nontransaction{*db}.exec(settings_of_all + settings);
  return db;
}

bool is_deserted(const pqxx::connection& db) {
  pollfd socket{db.sock(), POLLRDHUP, 0};
  return ::poll(&socket, 1, 0) > 0;  // hang-ups and errors are always told
}

bool is_connection_spent(std::string_view sqlstate) {
  return sqlstate.starts_with("08") || sqlstate.starts_with("57P") || sqlstate == "25006" ||
         sqlstate == "25P03";
}

}  // namespace musterd
