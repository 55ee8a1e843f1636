#include "tests/http/access/way_to.hpp"
#include "tests/http/operations/own_broker.hpp"
#include "tests/http/servers/server_log.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include <thread>

/// SIGTERM while something the server waits for does not come: it ends in time and cleanly, and nothing is
/// lost.
namespace musterd::testing {
namespace {

/// One grace period plus the time to notice; the graces of all parts in sequence would be far longer.
constexpr std::chrono::seconds end_within{14};
constexpr std::optional<int> ended_well{0};

bool everybody_is_in(company_server& server, int count) {
  return becomes_true(
      patience, [&] { return number_of(server.db(), "SELECT count(*) FROM people.on_the_clock") == count; });
}

bool health_becomes(company_server& server, std::string_view status) {
  auto http = server.client();
  return becomes_true(patience, [&] { return text_at(http.get("/health/ready"), "/status") == status; });
}

/// A server whose anchor file is a pipe: writing blocks without a reader, reading until the writer closes.
struct piped_anchors {
  company_server server;
  std::string path = server.process().log() + ".anchors";

  piped_anchors() {
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    server.process().set("MUSTERD_AUDIT_ANCHOR_FILE", path);
  }
  void hold_open() {
    held_ = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    REQUIRE(held_ >= 0);
  }
  /// Bytes written but not read.
  int unread() const {
    int count = 0;
    REQUIRE(::ioctl(held_, FIONREAD, &count) == 0);
    return count;
  }
  ~piped_anchors() {
    if (held_ >= 0)
      ::close(held_);
  }

 private:
  int held_ = -1;
};

}  // namespace

TEST_CASE("shutdown: a consumer that waits for a locked table is interrupted, and its event is not lost") {
  company_server server{{{"MUSTERD_AMQP_URL", quiet_broker().url()}}};
  auto ann = server.new_mechanic();
  auto waiting = [&] {
    return number_of(server.db(),
                     "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                     "application_name = 'musterd consumer on_the_clock' AND wait_event_type = 'Lock'");
  };
  pqxx::connection other{server.database().owner_url()};
  {
    pqxx::work lock{other};
    lock.exec("LOCK TABLE people.on_the_clock IN ACCESS EXCLUSIVE MODE");
    REQUIRE(ann->clock_in().status == 201);
    REQUIRE(becomes_true(patience, [&] { return waiting() == 1; }));
    CHECK(server.process().stop(end_within) == ended_well);
    // Its session does not stay behind in the lock's queue.
    CHECK(becomes_true(patience, [&] { return waiting() == 0; }));
  }
  server.process().start();
  server.process().wait_until_ready();
  CHECK(everybody_is_in(server, 1));
}

TEST_CASE("shutdown: a broker that hangs keeps nobody, neither in the middle nor at the start") {
  way_to through{quiet_broker().url()};
  company_server server{{{"MUSTERD_AMQP_URL", through.url}}};
  REQUIRE(health_becomes(server, "UP"));
  auto ann = server.new_mechanic();
  through.proxy.freeze();
  REQUIRE(ann->clock_in().status == 201);
  CHECK(server.process().stop(end_within) == ended_well);

  server.process().start();
  server.process().wait_until_ready();
  CHECK(server.process().stop(end_within) == ended_well);

  through.proxy.thaw();
  server.process().start();
  server.process().wait_until_ready();
  CHECK(everybody_is_in(server, 1));
}

TEST_CASE("shutdown: a broker that is asked something and says nothing is not waited for") {
  way_to through{quiet_broker().url()};
  through.proxy.silence_at("people.on_the_clock");
  company_server server{{{"MUSTERD_AMQP_URL", through.url}}};
  REQUIRE(health_becomes(server, "UP"));
  through.proxy.silencing(true);
  through.proxy.cut();
  through.proxy.mend();
  // A consumer has reconnected and waits for its queue, longer than a part that serves no request may take to
  // end.
  REQUIRE(becomes_true(patience, [&] { return through.proxy.silenced() > 0; }));
  CHECK(server.process().stop(end_within) == ended_well);
}

TEST_CASE("shutdown: a database that hangs is noticed by the probe and keeps nobody, not even a commit") {
  remote_database remote;
  auto ann = remote.server.new_mechanic();
  REQUIRE(ann->clock_in().status == 201);
  remote.database.proxy.freeze();
  std::jthread asking{
      [&] { ann->http.try_send("POST", "/api/people/me/breaks/start", {{}, R"({"breakType":"MEAL"})"}); }};
  CHECK(health_becomes(remote.server, "DOWN"));
  CHECK(remote.server.process().stop(end_within) == ended_well);
}

TEST_CASE("shutdown: a database that lets new sessions in and then says nothing keeps nobody for long") {
  company_server server;
  distant_database wire;
  wire.proxy.silence_at("client_connection_check_interval");
  server.process().set("MUSTERD_DATABASE_URL", wire.url_of(server.db().dbname()));
  server.restart();
  auto ann = server.new_mechanic();
  wire.proxy.silencing(true);
  auto lose_readers = [&] {
    pqxx::nontransaction{server.db()}.exec(
        fmt::format("SELECT pg_terminate_backend(pid) {} AND application_name = ''", other_clients));
  };
  lose_readers();
  CHECK(ann->clock_in().status == 503);
  wire.proxy.silencing(false);
  CHECK(becomes_true(patience, [&] { return ann->clock_in().status == 201; }));
  wire.proxy.silencing(true);
  lose_readers();
  std::jthread asking{[&] {
    http_client{server.url(), patience}.try_send(
        "POST", "/api/security/auth/token",
        {{}, R"({"username":"demo.manager","password":"wrong","tenant":"demo"})"});
  }};
  CHECK(server.process().stop(end_within) == ended_well);
}

TEST_CASE("shutdown: a server that waits for another one's migration ends when it is asked to") {
  company_server server;
  REQUIRE(server.process().stop() == ended_well);
  pqxx::connection other{server.database().owner_url()};
  pqxx::nontransaction lock{other};
  lock.exec("SELECT pg_advisory_lock(x'6d757374657264'::bigint)");
  server.process().set("MUSTERD_DATABASE_URL", server.database().owner_url());
  server.process().set("MUSTERD_DATABASE_POWERFUL_ROLE", "warn");
  server.process().start();
  REQUIRE(becomes_true(patience, [&] {
    return number_of(server.db(), "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                                  "AND wait_event = 'advisory'") == 1;
  }));
  CHECK(server.process().stop(end_within) == ended_well);
}

TEST_CASE("shutdown: an anchor file on a disk that hangs keeps nobody, and takes no time from others") {
  piped_anchors on;
  on.server.restart();
  REQUIRE(on.server.new_mechanic()->clock_in().status == 201);
  // It queries every second, so by now it hangs.
  REQUIRE(becomes_true(patience, [&] {
    return number_of(
               on.server.db(),
               "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
               "application_name = 'musterd audit-anchors' AND clock_timestamp() - state_change > '3 s'") ==
           1;
  }));
  CHECK(on.server.process().stop(end_within) == std::optional{1});
  CHECK(logged(on.server, {"anchors_not_written", "does not answer"}).size() == 1);
  CHECK_FALSE(logged(on.server, {"child_killed", "root/audit-anchors"}).empty());
  for (const auto* bystander : {"root/regions", "root/journal", "root/housekeeping"})
    CHECK_MESSAGE(logged(on.server, {"child_killed", bystander}).empty(), bystander);
}

TEST_CASE("shutdown: whatever the end itself waits for, the process is over in time, and says so last") {
  piped_anchors on;
  on.hold_open();
  on.server.restart();
  auto auditor = on.server.signed_in("demo.auditor");
  REQUIRE(becomes_true(patience, [&] { return on.unread() > 0; }));
  // Reads the anchors for ever; ending the server waits for the thread that does so.
  std::jthread asking{[&] { auditor->http.try_send("GET", "/api/audit/verification"); }};
  REQUIRE(becomes_true(patience, [&] { return on.unread() == 0; }));
  CHECK(on.server.process().stop(end_within) == std::optional{3});
  auto last = end_of_file(on.server.process().log(), 300);
  CHECK_MESSAGE(last.find("\"event\":\"end_overdue\"") != std::string::npos, last);
}

}  // namespace musterd::testing
