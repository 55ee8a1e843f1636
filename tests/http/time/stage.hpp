#pragma once

#include "tests/http/answers.hpp"
#include "tests/support/deadline.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/mechanics.hpp"
#include "tests/support/scratch_database.hpp"
#include "tests/support/test_server.hpp"

#include <doctest/doctest.h>

#include <optional>

/// The base of the black-box tests: this program's own server and unused people.
namespace musterd::testing {

inline constexpr auto chicago_shop = "01941f29-7c00-784f-ab46-50ad23efc90b";
inline constexpr std::chrono::seconds patience{60};
/// Lifetime of access tokens at a `company_server`, unless configured otherwise.
inline constexpr int access_token_seconds = 7200;

struct tokens {
  std::string access, refresh;
};

/// A signed-in user with a client of their own.
struct visitor {
  std::string person_id, user_id, username;
  testing::tokens tokens;
  http_client http;

  http_answer clock_in(const std::string& shop = demo_shop) {
    return http.post("/api/people/me/clock-in", R"({"locationId":")" + shop + "\"}");
  }
  http_answer clock_out() { return http.post("/api/people/me/clock-out", "{}"); }
  http_answer start_break(const std::string& type = "MEAL") {
    return http.post("/api/people/me/breaks/start", R"({"breakType":")" + type + "\"}");
  }
  http_answer end_break() { return http.post("/api/people/me/breaks/end", "{}"); }
  http_answer timecard() { return http.get("/api/people/me/timecard"); }
};

/// The demo company and a second one, "rival", on a server with its own database. All passwords are
/// demo.mechanic's, unless the seed gave another.
class company_server {
 public:
  /// `settings` are environment variables; without MUSTERD_AMQP_URL the server does not use the broker.
  explicit company_server(std::map<std::string, std::string> settings = {});
  ~company_server();

  const std::string& url() const { return server_.url(); }
  test_server& process() { return server_; }
  scratch_database& database() { return database_; }
  pqxx::connection& db() { return *db_; }
  void restart();

  /// A mechanic at `demo_shop` whom nobody has used before.
  std::unique_ptr<visitor> new_mechanic();
  /// A login of the seed, or "rival.owner".
  std::unique_ptr<visitor> signed_in(const std::string& username);
  /// Anybody of the demo company.
  std::unique_ptr<visitor> signed_in(const std::string& username, const std::string& password);
  http_answer sign_in(const std::string& username, const std::string& password,
                      const std::string& tenant = "demo");
  std::string password_of(const std::string& username) const;
  http_client client() const { return http_client{url(), patience}; }

 private:
  std::string folder_;
  scratch_database database_;
  test_server server_;
  std::unique_ptr<pqxx::connection> db_;
};

/// The server shared by most tests; with broker.
company_server& shared_server();

/// The rival company's owner may do everything there and nothing here.
inline constexpr auto rival_tenant = "01941f29-7c00-7000-8000-00000000beef";
inline constexpr auto rival_shop = "01941f29-7c00-7000-8000-00000000cafe";

}  // namespace musterd::testing
