#include "tests/http/sign_in/authenticator.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <future>

/// A password being compared while somebody else sets another.
namespace musterd::testing {
namespace {

using namespace std::chrono_literals;

constexpr auto other_password = "another long password", own_password = "yet another long one";

std::string hash_of(const std::string& password, unsigned long long passes) {
  char text[crypto_pwhash_STRBYTES];
  REQUIRE(crypto_pwhash_str_alg(text, password.data(), password.size(), passes, 64 * 1024,
                                crypto_pwhash_ALG_ARGON2ID13) == 0);
  return text;
}

/// Blocks reads of passwords for as long as it lives; then those that waited go first.
struct held_passwords {
  pqxx::work tx;

  held_passwords(pqxx::connection& owner, const newcomer& who, const std::string& hash) : tx{owner} {
    tx.exec("LOCK TABLE security.user_credential IN ACCESS EXCLUSIVE MODE");
    tx.exec_params("UPDATE security.user_credential SET password_hash = $1 WHERE user_id = $2", hash,
                   who.user_id);
  }
};

bool somebody_waits(company_server& at) {
  return number_of(at.db(), "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                            "wait_event_type = 'Lock'") > 0;
}

/// The answer to a request that read the hash of `first_password` before `happens` and still compared it
/// afterwards. `ready` prepares the request.
http_answer overtaken(desk& d, const newcomer& who,
                      const std::function<std::function<http_answer()>()>& ready,
                      const std::function<void()>& happens, const std::function<void()>& undone) {
  pqxx::connection owner{d.server.database().owner_url()};
  auto quick = hash_of(first_password, 1);
  for (unsigned long long passes = 20'000; passes < 2'000'000; passes *= 2) {
    auto ask = ready();
    auto slow = hash_of(first_password, passes);
    std::future<http_answer> asked;
    {
      held_passwords held{owner, who, slow};
      asked = std::async(std::launch::async, ask);
      REQUIRE(becomes_true(patience, [&] { return somebody_waits(d.server); }));
      held.tx.commit();
    }
    held_passwords{owner, who, quick}.tx.commit();
    happens();
    bool was_compared_later = asked.wait_for(0s) != std::future_status::ready;
    auto answer = asked.get();
    if (was_compared_later && answer.status / 100 != 2)  // a success may already have been on its way back
      return answer;
    undone();
  }
  FAIL("no hash took long enough");
  return {};
}

/// The same, where an administrator sets another password.
http_answer overtaken(desk& d, const newcomer& who,
                      const std::function<std::function<http_answer()>()>& ready) {
  auto set = [&](const std::string& password) {
    REQUIRE(
        d.admin->http.post("/api/security/users/" + who.user_id + "/password", json({{"password", password}}))
            .status == 204);
  };
  return overtaken(d, who, ready, [&] { set(other_password); }, [&] { set(first_password); });
}

/// A request in the user's own session, opened before their password is set.
std::function<http_answer()> in_own_session(company_server& at, const newcomer& who, const std::string& path,
                                            const boost::json::object& body) {
  std::shared_ptr<visitor> in = at.signed_in(who.username, first_password);
  return [in, path, body] { return in->http.post(path, json(body)); };
}

}  // namespace

TEST_CASE("Security: a sign-in that was being hashed while its password was changed opens no session") {
  company_server server;
  desk d{server};
  auto nina = d.user(true);
  auto answer =
      overtaken(d, nina, [&] { return [&] { return server.sign_in(nina.username, first_password); }; });
  check_error(answer, 401, "INVALID_CREDENTIALS");
  CHECK(number_of(server.db(), fmt::format("SELECT count(*) FROM security.refresh_token_family WHERE "
                                           "user_id = '{}' AND revoked_at IS NULL",
                                           nina.user_id)) == 0);
  CHECK(server.sign_in(nina.username, other_password).status == 200);
}

TEST_CASE("Security: one's own change that was being hashed meanwhile does not override the new password") {
  company_server server;
  desk d{server};
  auto nina = d.user(true);
  auto answer = overtaken(d, nina, [&] {
    return in_own_session(server, nina, "/api/security/me/password",
                          {{"oldPassword", first_password}, {"password", own_password}});
  });
  check_error(answer, 401, "UNAUTHENTICATED", "The session has ended.");
  check_error(server.sign_in(nina.username, own_password), 401, "INVALID_CREDENTIALS");
  CHECK(server.sign_in(nina.username, other_password).status == 200);
}

TEST_CASE("Security: nor does a second factor begin so") {
  company_server server;
  desk d{server};
  auto nina = d.user(true);
  auto answer = overtaken(d, nina, [&] {
    return in_own_session(server, nina, "/api/security/me/totp", {{"password", first_password}});
  });
  check_error(answer, 401, "UNAUTHENTICATED", "The session has ended.");
}

TEST_CASE("Security: what waited for a hash is not done once its session or role has ended") {
  company_server server;
  desk d{server};
  auto nina = d.user(true), boss = d.user(true);
  auto owner = d.assigned(d.assignment(boss.user_id, "OWNER"));
  auto set_ninas = [&] {
    return in_own_session(server, boss, "/api/security/users/" + nina.user_id + "/password",
                          {{"password", other_password}});
  };
  auto back = [&] {
    REQUIRE(
        d.admin->http
            .post("/api/security/users/" + nina.user_id + "/password", json({{"password", first_password}}))
            .status == 204);
  };
  SUBCASE("session") {
    auto end = [&] {
      REQUIRE(d.admin->http.send("DELETE", "/api/security/users/" + boss.user_id + "/sessions", {}).status ==
              200);
    };
    check_error(overtaken(d, nina, set_ninas, end, back), 401, "UNAUTHENTICATED", "The session has ended.");
  }
  SUBCASE("role") {
    auto end = [&] { REQUIRE(d.end(owner).status == 200); };
    auto again = [&] {
      back();
      owner = d.assigned(d.assignment(boss.user_id, "OWNER"));
    };
    check_error(overtaken(d, nina, set_ninas, end, again), 403, "ACCESS_DENIED");
  }
  check_error(server.sign_in(nina.username, other_password), 401, "INVALID_CREDENTIALS");
}

}  // namespace musterd::testing
