#include "tests/http/servers/server_log.hpp"
#include "tests/http/time/desk.hpp"
#include "tests/support/network/distant_database.hpp"

#include <fmt/format.h>

#include <thread>

/// Every gauge of golden_metrics.txt shows the present state, unless another test reads it.
namespace musterd::testing {
namespace {

double gauge(company_server& of, std::string_view sample) {
  return metric(of.client().get("/metrics").body, sample);
}

}  // namespace

TEST_CASE("gauges: connections and requests in flight are those there are") {
  company_server server;
  auto ann = server.new_mechanic();
  auto watcher = server.client();
  auto now = [&](std::string_view sample) { return metric(watcher.get("/metrics").body, sample); };
  auto before = now("http_connections");
  {
    std::vector<std::unique_ptr<http_client>> idle;
    for (int i = 0; i < 5; ++i) {
      idle.push_back(std::make_unique<http_client>(server.url(), patience));
      REQUIRE(idle.back()->get("/health/live").status == 200);
    }
    CHECK(now("http_connections") == before + 5);
  }
  CHECK(becomes_true(patience, [&] { return now("http_connections") == before; }));

  CHECK(now("http_in_flight") == 0);
  pqxx::connection other{server.database().owner_url()};
  http_answer answer;
  {
    pqxx::work in_the_way{other};
    in_the_way.exec("LOCK TABLE people.clock_session IN ACCESS EXCLUSIVE MODE");
    std::jthread asking{[&] { answer = ann->clock_in(); }};
    CHECK(becomes_true(patience, [&] { return now("http_in_flight") == 1; }));
    in_the_way.abort();
  }
  CHECK(answer.status == 201);
  CHECK(now("http_in_flight") == 0);
}

TEST_CASE("gauges: tokens that were verified are remembered, each once") {
  company_server server;
  CHECK(gauge(server, "token_cache_entries") == 0);
  auto ann = server.new_mechanic();
  ann->timecard();
  CHECK(gauge(server, "token_cache_entries") == 1);
  auto ben = server.new_mechanic();
  CHECK(gauge(server, "token_cache_entries") == 2);
}

TEST_CASE("gauges: database and broker are up or not, and the outbox is late where nobody takes from it") {
  company_server server{{{"MUSTERD_AMQP_URL", "amqp://nobody:nothing@127.0.0.1:1/"}}};
  CHECK(becomes_true(patience, [&] { return gauge(server, "database_up") == 1; }));
  CHECK(gauge(server, "broker_up") == 0);
  CHECK(gauge(server, "outbox_lag_seconds") == 0);
  REQUIRE(server.new_mechanic()->clock_in().status == 201);
  CHECK(becomes_true(patience, [&] { return gauge(server, "outbox_lag_seconds") > 0; }));
  CHECK(becomes_true(patience, [&] { return gauge(server, "outbox_depth") == 1; }));
  server.database().shut();
  CHECK(becomes_true(patience, [&] { return gauge(server, "database_up") == 0; }));
  server.database().reopen();
  CHECK(becomes_true(patience, [&] { return gauge(server, "database_up") == 1; }));

  auto& shared = shared_server();
  CHECK(becomes_true(patience, [&] { return gauge(shared, "broker_up") == 1; }));
}

TEST_CASE("gauges: a database that hangs is down, and the log says so once, and once that it is back") {
  distant_database wire;
  company_server server;
  server.process().set("MUSTERD_DATABASE_URL", wire.url_of(server.db().dbname()));
  server.restart();
  auto said = [&](const std::string& what) { return logged(server, {"\"event\":\"" + what + "\""}).size(); };
  REQUIRE(becomes_true(patience, [&] {
    return number_of(server.db(),
                     "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                     "application_name = 'musterd probe' AND query LIKE 'SHOW%'") == 1;
  }));
  auto downs = said("database_down"), ups = said("database_up");
  wire.proxy.freeze();
  REQUIRE(becomes_true(patience, [&] { return gauge(server, "database_up") == 0; }));
  CHECK(becomes_true(patience, [&] { return said("database_down") == downs + 1; }));
  auto why = logged(server, {"\"event\":\"database_down\""}).back();
  CHECK(text_at(why, "/text") == "it does not answer");
  CHECK(said("database_up") == ups);
  wire.proxy.thaw();
  CHECK(becomes_true(patience, [&] { return gauge(server, "database_up") == 1; }));
  CHECK(becomes_true(patience, [&] { return said("database_up") == ups + 1; }));
  CHECK(said("database_down") == downs + 1);
}

}  // namespace musterd::testing
