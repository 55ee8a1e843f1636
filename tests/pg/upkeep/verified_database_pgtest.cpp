#include "persistence/sql/connection.hpp"
#include "tests/support/deadline.hpp"
#include "tests/support/network/certificates.hpp"
#include "tests/support/process.hpp"

#include <doctest/doctest.h>

using namespace musterd;
using namespace musterd::testing;
using namespace std::chrono_literals;

namespace {

/// The run's PostgreSQL speaks TLS for as long as this lives.
class database_tls {
 public:
  database_tls() { set("ALTER SYSTEM SET ssl = on"); }
  ~database_tls() { set("ALTER SYSTEM RESET ssl"); }

 private:
  static void set(const char* statement) {
    pqxx::connection admin{needed_environment("MUSTERD_DATABASE_ADMIN_URL")};
    pqxx::nontransaction tx{admin};
    tx.exec(statement);
    tx.exec("SELECT pg_reload_conf()");
  }
};

std::string url_to(const std::string& host, const std::string& authority) {
  auto url = needed_environment("MUSTERD_DATABASE_URL_TCP");
  url.replace(url.find("127.0.0.1"), 9, host);
  return url + "?sslmode=verify-full&sslrootcert=" + authority;
}

bool is_encrypted(pqxx::connection& db) {
  pqxx::nontransaction tx{db};
  return tx.exec("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")[0][0].as<bool>();
}

}  // namespace

TEST_CASE("Security: database: sslmode=verify-full in the URL is all it takes, and it is meant") {
  auto ours = needed_environment("MUSTERD_SERVICES_DIR") + "/tls/ca.pem";
  CHECK_THROWS_WITH_AS(open_connection(url_to("localhost", ours)), doctest::Contains("does not support SSL"),
                       pqxx::broken_connection);
  database_tls on;
  CHECK(becomes_true(30s, [&] {
    try {
      return is_encrypted(*open_connection(url_to("localhost", ours)));
    } catch (const pqxx::broken_connection&) {
      return false;
    }
  }));
  CHECK_THROWS_WITH_AS(open_connection(url_to("localhost", test_authority().file())),
                       doctest::Contains("certificate verify failed"), pqxx::broken_connection);
  CHECK_THROWS_WITH_AS(open_connection(url_to("db.example", ours) + "&hostaddr=127.0.0.1"),
                       doctest::Contains("does not match host name"), pqxx::broken_connection);
}
