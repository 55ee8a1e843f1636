#include "tests/http/access/way_to.hpp"
#include "tests/http/servers/second_server.hpp"
#include "tests/http/servers/server_log.hpp"
#include "tests/http/time/desk.hpp"

#include <future>
#include <thread>

/// An actor's memory is never believed over the database.
namespace musterd::testing {
namespace {

using namespace std::chrono_literals;

std::int64_t writers_in_a_queue(company_server& at) {
  return number_of(
      at.db(),
      "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name "
      "= 'musterd journal' AND wait_event_type = 'Lock'");
}

/// Locks a user's row for as long as it lives.
struct held_user {
  enum whether { stays, is_freed };

  pqxx::connection db;
  pqxx::work tx{db};
  held_user(company_server& at, const std::string& user_id) : db{at.database().owner_url()} {
    tx.exec("SELECT FROM security.app_user WHERE user_id = '" + user_id + "' FOR UPDATE");
  }
};

/// An administrator's attempt to disable a user whose row is locked.
class caught_waiting {
 public:
  caught_waiting(company_server& at, desk& d, const std::string& user_id)
      : held_{std::in_place, at, user_id} {
    asking_ = std::async(std::launch::async, [&d, user_id] {
      return d.admin->http.send("POST", "/api/people/users/" + user_id + "/disable", body({}));
    });
    CHECK(becomes_true(patience, [&] {
      is_waiting_ = writers_in_a_queue(at) > 0;
      return is_waiting_ || asking_.wait_for(0s) == std::future_status::ready;
    }));
  }
  /// Whether its commit was seen waiting for the row.
  bool is_waiting() const { return is_waiting_; }
  http_answer answer(held_user::whether row = held_user::is_freed) {
    if (row == held_user::is_freed)
      held_.reset();
    return asking_.get();
  }

 private:
  std::optional<held_user> held_;
  std::future<http_answer> asking_;
  bool is_waiting_ = false;
};

}  // namespace

TEST_CASE("A connection that is reset while its backend waits for a row leaves no user who may more than the "
          "database says") {
  distant_database wire;
  company_server server;
  server.process().set("MUSTERD_DATABASE_URL", wire.url_of(server.db().dbname()));
  server.restart();
  desk d{server};
  auto password = server.password_of("demo.mechanic");
  // A lock wait ends after a quarter of a second: if this looks too late, the commit was refused, and we try
  // again.
  int met = 0;
  for (int round = 0; round < 60 && met < 6; ++round) {
    CAPTURE(round);
    auto there = server.new_mechanic();
    caught_waiting disabling{server, d, there->user_id};
    if (disabling.is_waiting()) {
      wire.proxy.desert_server();
      if (met % 2)  // the row is freed before the old backend is ended, or after
        REQUIRE(becomes_true(patience, [&] { return writers_in_a_queue(server) == 0; }));
    }
    auto answer = disabling.answer();
    CAPTURE(answer.body);
    CHECK((answer.status == 503 || answer.status == 504));
    met += answer.status == 504;
    auto me = [&] { return there->http.get("/api/security/me").status; };
    REQUIRE(becomes_true(patience, [&] { return me() != 503; }));
    auto disabled = text_of(server.db(), "SELECT status FROM security.app_user WHERE user_id = '" +
                                             there->user_id + "'") == "DISABLED";
    CHECK(me() == (disabled ? 403 : 200));
    CHECK(server.sign_in(there->username, password).status == (disabled ? 403 : 200));
    CHECK(there->clock_in().status == (disabled ? 403 : 201));
    // Nothing may come later.
    CHECK(writers_in_a_queue(server) == 0);
    d.admin = server.signed_in("demo.owner");
  }
  CHECK(met == 6);
  CHECK_FALSE(soon_logged(server, {"\"event\":\"backend_ended\""}).empty());
}

TEST_CASE(
    "A commit that was under way when its server was killed takes no effect behind the next one's back") {
  distant_database wire;
  wire.proxy.tell_apart("musterd journal");
  company_server server{{{"MUSTERD_OFFBOARDING_ANSWER_WITHIN", "1h"}}};
  server.process().set("MUSTERD_DATABASE_URL", wire.url_of(server.db().dbname()));
  server.restart();
  desk d{server};
  auto disable = [&](const newcomer& whom) {
    return d.admin->http.try_send("POST", "/api/people/users/" + whom.user_id + "/disable", body({}));
  };
  // Done once before, so that the commit in flight is all there is to send.
  auto first = d.user(true);
  server.signed_in(first.username, first_password);
  REQUIRE(disable(first)->status == 200);
  // Nor does the first user's case commit anything meanwhile: without a broker its last command gets no
  // answer.
  REQUIRE(becomes_true(patience, [&] {
    return number_of(server.db(),
                     "SELECT count(*) FROM people.offboarding_command WHERE state = 'PENDING'") == 0;
  }));
  auto user = d.user(true);
  auto there = server.signed_in(user.username, first_password);
  wire.proxy.freeze_told_apart_at(user.user_id);
  std::jthread disabling{[&] { disable(user); }};
  REQUIRE(becomes_true(patience, [&] { return wire.proxy.holds_back(user.user_id); }));
  server.process().kill();
  disabling.join();
  auto sessions_of_the_dead = [&, until = text_of(server.db(), "SELECT clock_timestamp()")] {
    return number_of(server.db(),
                     "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                     "application_name = 'musterd journal' AND backend_start < '" +
                         until + "'");
  };
  REQUIRE(sessions_of_the_dead() > 0);
  server.process().set("MUSTERD_DATABASE_URL", server.database().url());
  server.process().start();
  server.process().wait_until_ready(patience);
  REQUIRE(there->http.get("/api/security/me").status == 200);
  wire.proxy.thaw();
  // A backend still alive takes what was held back, and then learns that its client is gone.
  REQUIRE(becomes_true(patience, [&] { return sessions_of_the_dead() == 0; }));
  CHECK(text_of(server.db(), "SELECT status FROM security.app_user WHERE user_id = '" + user.user_id + "'") ==
        "ACTIVE");
  CHECK(there->http.get("/api/security/me").status == 200);
}

TEST_CASE("A database connection that is silent is given up: changes and sleepers do without it") {
  remote_database remote;
  auto ann = remote.server.new_mechanic(), ben = remote.server.new_mechanic();
  REQUIRE(ann->clock_in().status == 201);
  remote.database.proxy.freeze_present();
  auto meal = [&] {
    return ann->http.send("POST", "/api/people/me/breaks/start",
                          {{{"Idempotency-Key", "meal"}}, R"({"breakType":"MEAL"})"});
  };
  auto first = meal().status;
  CHECK((first == 503 || first == 504));
  CHECK(becomes_true(patience, [&] { return meal().status == 201; }));
  CHECK(ben->clock_in().status == 201);
  CHECK(remote.server.client().get("/health/ready").status == 200);
}

TEST_CASE("A row that an operator's decision waits for does not keep a mechanic from a break") {
  company_server server;
  auto mechanic = server.new_mechanic();
  REQUIRE(mechanic->clock_in().status == 201);
  desk d{server};
  bool met = false;
  for (int round = 0; round < 60 && !met; ++round) {
    caught_waiting disabling{server, d, d.user().user_id};
    met = disabling.is_waiting();
    CHECK(mechanic->start_break().status == 201);
    check_error(disabling.answer(held_user::stays), 503, "UNAVAILABLE");
    CHECK(mechanic->end_break().status == 200);
  }
  CHECK(met);
}

TEST_CASE("A password that was changed at another node is good at once, and the old one is not") {
  company_server server;
  desk d{server};
  second_server second{server};
  auto nina = d.user(true);
  CHECK(second.sign_in(nina.username, first_password).status == 200);  // remembered there from now on
  REQUIRE(d.admin->http
              .post("/api/security/users/" + nina.user_id + "/password",
                    json({{"password", "another long password"}}))
              .status == 204);
  CHECK(second.sign_in(nina.username, "another long password").status == 200);
  check_error(second.sign_in(nina.username, first_password), 401, "INVALID_CREDENTIALS");
}

}  // namespace musterd::testing
