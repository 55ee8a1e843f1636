#include "tests/http/operations/financial_message.hpp"
#include "tests/http/operations/own_broker.hpp"
#include "tests/http/time/desk.hpp"
#include "tests/support/network/broker_link.hpp"

#include <fmt/format.h>

/// Counters rise by exactly what happened, on a server where nothing else happens.
namespace musterd::testing {
namespace {

struct lonely_server {
  company_server server{
      {{"MUSTERD_TESTING_FAULT_INJECTION", "true"}, {"MUSTERD_OFFBOARDING_ANSWER_WITHIN", "1h"}}};

  std::function<double(std::string_view)> since() {
    auto now = [this] { return server.client().get("/metrics").body; };
    return [now, before = now()](std::string_view sample) {
      return metric(now(), sample) - metric(before, sample);
    };
  }
};

lonely_server& lonely() {
  shared_server();  // made first, so that the template it copies is destroyed last
  static lonely_server only;
  return only;
}

/// A queue on an exchange that refuses everything, for as long as this lives.
class full_queue {
 public:
  full_queue(const std::string& amqp_url, const std::string& exchange) : broker_{amqp_url} {
    amqp_table_entry_t arguments[2]{};
    arguments[0].key = amqp_cstring_bytes("x-max-length");
    arguments[0].value.kind = AMQP_FIELD_KIND_I64;
    arguments[0].value.value.i64 = 0;
    arguments[1].key = amqp_cstring_bytes("x-overflow");
    arguments[1].value.kind = AMQP_FIELD_KIND_UTF8;
    arguments[1].value.value.bytes = amqp_cstring_bytes("reject-publish");
    constexpr auto channel = broker_link::channel;
    constexpr amqp_boolean_t exclusive = 1;
    auto* queue = amqp_queue_declare(broker_, channel, amqp_empty_bytes, 0, 0, exclusive, 1, {2, arguments});
    broker_.check("no queue");
    amqp_queue_bind(broker_, channel, amqp_text(text_of(queue->queue)), amqp_text(exchange),
                    amqp_cstring_bytes("#"), amqp_empty_table);
    broker_.check("the queue cannot be bound");
  }

 private:
  broker_link broker_;
};

}  // namespace

TEST_CASE("counters: a clock-in is one command, one commit and one entry") {
  auto& l = lonely();
  auto ann = l.server.new_mechanic();
  auto rise = l.since();
  REQUIRE(ann->clock_in().status == 201);
  CHECK(rise(R"(commands_total{command="clock_in",outcome="ok"})") == 1);
  CHECK(rise(R"(command_duration_seconds_count{command="clock_in"})") == 1);
  CHECK(rise(R"(http_request_duration_seconds_count{method="POST",route="/api/people/me/clock-in"})") == 1);
  CHECK(rise("journal_batch_size_count") == 1);
  CHECK(rise("journal_batch_size_sum") == 1);
  CHECK(rise("journal_commit_duration_seconds_count") == 1);
  CHECK(rise(R"(audit_entries_total{category="TIMEKEEPING"})") == 1);
  CHECK(rise(R"(audit_entries_total{category="SECURITY"})") == 0);
}

TEST_CASE("counters: sign-ins by how they ended") {
  auto& l = lonely();
  desk d{l.server};
  auto who = d.user(true);
  auto rise = l.since();
  REQUIRE(l.server.sign_in(who.username, first_password).status == 200);
  REQUIRE(l.server.sign_in(who.username, "something else").status == 401);
  CHECK(rise(R"(sign_ins_total{result="succeeded"})") == 1);
  CHECK(rise(R"(sign_ins_total{result="wrong"})") == 1);
  // Nobody waits for the wrong one's entry to be written.
  CHECK(becomes_true(patience, [&] { return rise(R"(audit_entries_total{category="SECURITY"})") == 2; }));
  REQUIRE(d.admin->http.post("/api/people/users/" + who.user_id + "/disable", "{}").status == 200);
  REQUIRE(l.server.sign_in(who.username, first_password).status == 403);
  CHECK(rise(R"(sign_ins_total{result="refused"})") == 1);
  CHECK(rise(R"(sign_ins_total{result="succeeded"})") == 1);
}

TEST_CASE("counters: refusals are recorded once a second, and the others counted as such") {
  auto& l = lonely();
  auto ann = l.server.new_mechanic();
  auto rise = l.since();
  std::set<std::string> decisions;
  constexpr int knocks = 20;
  for (int i = 0; i < knocks; ++i)
    decisions.insert(text_at(ann->http.get("/api/security/roles"), "/details/decisionId"));
  auto recorded = static_cast<double>(decisions.size());
  CHECK(rise(R"(security_access_denied_total{recorded="true"})") == recorded);
  CHECK(rise(R"(security_access_denied_total{recorded="false"})") == knocks - recorded);
}

TEST_CASE("counters: a record that fails is restarted, and that is counted") {
  auto& l = lonely();
  auto ann = l.server.new_mechanic();
  REQUIRE(ann->clock_in().status == 201);
  auto rise = l.since();
  auto failed = ann->http.send("POST", "/api/people/me/clock-out", {{{"X-Fault-Injection", "throw"}}, "{}"});
  check_error(failed, 500, "INTERNAL_ERROR");
  CHECK(rise(R"(commands_total{command="clock_out",outcome="INTERNAL_ERROR"})") == 1);
  CHECK(becomes_true(patience, [&] { return rise(R"(entity_restarts_total{aggregate="timecard"})") == 1; }));
  REQUIRE(ann->clock_out().status == 200);
  CHECK(rise(R"(commands_total{command="clock_out",outcome="ok"})") == 1);
}

TEST_CASE("counters: a record that keeps failing is left alone, and who asks it meanwhile is counted") {
  auto& l = lonely();
  auto ann = l.server.new_mechanic();
  REQUIRE(ann->clock_in().status == 201);
  auto rise = l.since();
  int left_alone = 0;
  CHECK(becomes_true(patience, [&] {
    auto answer =
        ann->http.send("POST", "/api/people/me/clock-out", {{{"X-Fault-Injection", "throw"}}, "{}"});
    left_alone += text_at(answer, "/code") == "BUSY";
    return left_alone == 2;
  }));
  CHECK(rise(R"(entity_refused_busy_total{aggregate="timecard"})") == left_alone);
}

TEST_CASE("counters: connections beyond the most there may be are refused, and that is counted") {
  company_server server{{{"MUSTERD_HTTP_MAX_CONNECTIONS", "6"}}};
  auto watcher = server.client();
  auto refused = [&] { return metric(watcher.get("/metrics").body, "http_connections_refused_total"); };
  REQUIRE(
      becomes_true(patience, [&] { return metric(watcher.get("/metrics").body, "http_connections") == 1; }));
  std::vector<std::unique_ptr<http_client>> clients;
  std::map<int, int> answers;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(std::make_unique<http_client>(server.url(), patience));
    ++answers[clients.back()->get("/health/live").status];
  }
  CHECK(answers == std::map<int, int>{{200, 5}, {503, 3}});
  CHECK(refused() == 3);
}

TEST_CASE("counters: a record that wakes and one that falls asleep") {
  company_server server{{{"MUSTERD_ACTORS_IDLE_SECONDS", "1"}}};
  auto ann = server.new_mechanic();
  auto now = [&](const std::string& what) {
    return metric(server.client().get("/metrics").body, what + R"({aggregate="timecard"})");
  };
  CHECK(now("entity_wakes_total") == 0);
  REQUIRE(ann->clock_in().status == 201);
  CHECK(now("entity_wakes_total") == 1);
  CHECK(becomes_true(patience, [&] { return now("entity_passivations_total") == 1; }));
  REQUIRE(ann->timecard().status == 200);
  CHECK(now("entity_wakes_total") == 2);
}

TEST_CASE("counters: what leaves by the broker and what comes, once, again and broken [G-MET-3 D-88 D-89]") {
  const auto& broker = quiet_broker();
  company_server server{{{"MUSTERD_AMQP_URL", broker.url()}}};
  auto ann = server.new_mechanic();
  auto publish = [&](const std::string& body) {
    return becomes_true(patience, [&] {
      return broker_link{broker.url()}.publish("audit.events", "audit.event.recorded.v1", "key", body);
    });
  };
  // The queues exist, and hold nobody else's messages.
  for (const auto* queue : {"people.on_the_clock", "audit.financial"})
    REQUIRE(becomes_true(patience, [&] { return broker_link{broker.url()}.depth(queue) == 0u; }));
  auto rise = [&, before = server.client().get("/metrics").body](std::string_view sample) {
    return metric(server.client().get("/metrics").body, sample) - metric(before, sample);
  };
  auto comes_to = [&](std::string_view sample, double to) {
    return becomes_true(patience, [&] { return rise(sample) == to; });
  };
  REQUIRE(ann->clock_in().status == 201);
  for (const auto* sample : {"outbox_published_total", "outbox_confirmed_total",
                             "outbox_publish_latency_seconds_count", "consumer_messages_total"})
    CHECK_MESSAGE(comes_to(sample, 1), sample);
  auto event = financial_message("REFUND", to_string(uuid::generate()));
  REQUIRE(publish(event));
  CHECK(comes_to("consumer_messages_total", 2));
  CHECK(rise("inbox_duplicates_total") == 0);
  REQUIRE(publish(event));
  CHECK(comes_to("inbox_duplicates_total", 1));
  CHECK(rise("alerts_total") == 0);
  REQUIRE(publish("{"));
  CHECK(comes_to("alerts_total", 1));
  CHECK(comes_to("outbox_published_total", 2));  // the alert is an event
  CHECK(rise("consumer_messages_total") == 2);
  CHECK(rise("outbox_nacked_total") == 0);
}

TEST_CASE("counters: what the broker refuses, until it is taken [G-MET-11]") {
  const auto& broker = quiet_broker();
  company_server server{{{"MUSTERD_AMQP_URL", broker.url()}}};
  auto ann = server.new_mechanic();
  auto now = [&](std::string_view sample) { return metric(server.client().get("/metrics").body, sample); };
  REQUIRE(becomes_true(patience, [&] { return now("broker_up") == 1; }));
  CHECK(now("outbox_nacked_total") == 0);
  {
    full_queue full{broker.url(), "people.events"};
    REQUIRE(ann->clock_in().status == 201);
    CHECK(becomes_true(patience, [&] { return now("outbox_nacked_total") >= 2; }));
    CHECK(now("outbox_confirmed_total") == 0);
  }
  REQUIRE(becomes_true(patience, [&] { return now("outbox_confirmed_total") == 1; }));
  auto all = server.client().get("/metrics").body;
  CHECK(metric(all, "outbox_published_total") == 1 + metric(all, "outbox_nacked_total"));
}

}  // namespace musterd::testing
