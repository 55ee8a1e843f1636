#include "tests/http/operations/dead_letter_rows.hpp"
#include "tests/http/operations/financial_message.hpp"
#include "tests/support/network/broker_link.hpp"

#include <fmt/format.h>

/// Dead letters one by one: seen, retried, discarded, audited; who may act, and who sees which.
namespace musterd::testing {
namespace {

/// Retries: the consumer's queue may not be there yet when the server is ready.
void publish_financial(const std::string& key, const std::string& body) {
  auto published = becomes_true(patience, [&] {
    return broker_link{needed_environment("MUSTERD_AMQP_URL")}.publish("audit.events",
                                                                       "audit.event.recorded.v1", key, body);
  });
  REQUIRE(published);
}

/// Two messages of one key in the queue audit.financial, the first of them poison. They are independent:
/// tests/amqp covers waiting behind a dead one.
struct poisoned {
  poisoned() {
    publish_financial(subject, financial_message("POISON", subject));
    publish_financial(subject, financial_message("REFUND", subject));
    ready = becomes_true(patience, [&] { return open_letters() == 1 && refunds() == 1; });
  }
  std::int64_t open_letters() {
    return number_of(d.server.db(), fmt::format("SELECT count(*) FROM messaging.dead_letter WHERE "
                                                "correlation_id = 'pos-{}' AND state = 'OPEN'",
                                                subject));
  }
  std::size_t refunds() { return d.audit(subject, "REFUND").size(); }
  /// The open letter, as listed.
  boost::json::value letter() {
    auto listed = json_of(who->http.get(fmt::format(
        "{}?queue=audit.financial&reason=REFUSED&type=AuditEventRecorded&pageSize=100", letters_path)));
    for (const auto& item : listed.at("items").as_array())
      if (text_at(item, "/correlationId") == "pos-" + subject)
        return item;
    return {};
  }
  std::string id() { return text_at(letter(), "/deadLetterId"); }

  desk d;
  std::unique_ptr<visitor> who = d.server.signed_in("demo.operator");
  std::string subject = to_string(uuid::generate());
  bool ready = false;
};

}  // namespace

TEST_CASE("dead letters: a poison message is listed with what is known of it and raised an alert") {
  poisoned queue;
  REQUIRE(queue.ready);
  auto listed = queue.letter();
  CHECK(text_at(listed, "/state") == "OPEN");
  CHECK(text_at(listed, "/retryable") == "true");
  CHECK_FALSE(has(listed, "/body"));
  auto id = text_at(listed, "/deadLetterId");
  auto shown = json_of(queue.who->http.get(fmt::format("{}/{}", letters_path, id)));
  CHECK(text_at(shown, "/bodyEncoding") == "JSON");
  CHECK(text_at(shown, "/body/payload/eventType") == "POISON");
  CHECK(text_at(shown, "/bodyTruncated") == "false");
  CHECK(text_at(shown, "/headers/key") == queue.subject);
  CHECK(text_at(shown, "/attempts") == "1");
  CHECK(text_at(shown, "/error").find("must be one of PRICE_OVERRIDE, REFUND, CANCELLATION") !=
        std::string::npos);
  CHECK(shown.at("history").as_array().size() == 1);
  CHECK(text_at(shown, "/history/0/what") == "DIED");
  CHECK(number_of(queue.d.server.db(),
                  fmt::format("SELECT count(*) FROM messaging.alert WHERE details ->> 'deadLetterId' = '{}'",
                              id)) == 1);
  CHECK(becomes_true(patience, [&] {
    auto open = number_of(queue.d.server.db(), "SELECT count(*) FROM messaging.dead_letter WHERE state = "
                                               "'OPEN' AND queue = 'audit.financial' AND reason = 'REFUSED'");
    return metric(queue.d.metrics(), R"(dead_letters_open{queue="audit.financial",reason="REFUSED"})") ==
           static_cast<double>(open);
  }));
}

TEST_CASE("dead letters: one is discarded once, which is audited, and keeps nothing of its key waiting") {
  poisoned queue;
  REQUIRE(queue.ready);
  auto id = queue.id();
  constexpr auto counter = R"(dead_letter_actions_total{action="DISCARD"})";
  auto before = metric(queue.d.metrics(), counter);
  auto answer = discard(*queue.who, id, "sent by mistake");
  REQUIRE_MESSAGE(answer.status == 200, answer.body);
  CHECK(text_at(answer, "/state") == "DISCARDED");
  CHECK(queue.open_letters() == 0);
  CHECK(queue.refunds() == 1);
  auto audited = queue.d.audit(id, "DEAD_LETTER_DISCARDED");
  REQUIRE(audited.size() == 1);
  CHECK(text_at(audited[0], "/actor_id") == queue.who->user_id);
  CHECK(text_at(audited[0], "/category") == "OPERATIONS");
  auto shown = queue.d.admin->http.get("/api/audit/entries?eventType=DEAD_LETTER_DISCARDED&subjectId=" + id);
  CHECK(text_at(shown, "/items/0/payload/reason") == "sent by mistake");
  CHECK(text_at(audited[0], "/details/queue") == "audit.financial");
  CHECK(metric(queue.d.metrics(), counter) == before + 1);

  check_error(discard(*queue.who, id), 409, "DEAD_LETTER_NOT_OPEN");
  check_error(retry(*queue.who, id), 409, "DEAD_LETTER_NOT_OPEN");
  CHECK(queue.d.audit(id, "DEAD_LETTER_DISCARDED").size() == 1);
  CHECK(queue.d.audit(id, "DEAD_LETTER_RETRIED").empty());
}

TEST_CASE("dead letters: one that is retried and fails again is a new letter with the history of both") {
  poisoned queue;
  REQUIRE(queue.ready);
  auto first = queue.id();
  auto answer = retry(*queue.who, first);
  REQUIRE_MESSAGE(answer.status == 200, answer.body);
  CHECK(text_at(answer, "/state") == "RETRIED");
  REQUIRE(becomes_true(patience, [&] { return queue.open_letters() == 1; }));
  auto second = queue.id();
  CHECK(second != first);
  CHECK(queue.d.audit(first, "DEAD_LETTER_RETRIED").size() == 1);
  for (const auto& id : {first, second}) {
    auto shown = json_of(queue.who->http.get(fmt::format("{}/{}", letters_path, id)));
    REQUIRE(shown.at("history").as_array().size() == 3);
    CHECK(text_at(shown, "/history/0/what") == "DIED");
    CHECK(text_at(shown, "/history/1/what") == "RETRIED");
    CHECK(text_at(shown, "/history/1/actor") == queue.who->user_id);
    CHECK(text_at(shown, "/history/2/deadLetterId") == second);
  }
  REQUIRE(discard(*queue.who, second).status == 200);
  CHECK(queue.open_letters() == 0);
  CHECK(queue.refunds() == 1);
}

TEST_CASE("dead letters: a retry goes through the broker to its queue and takes effect once") {
  desk d;
  auto who = d.server.signed_in("demo.operator");
  auto subject = to_string(uuid::generate());
  auto event = financial_message("REFUND", subject);
  auto key = fmt::format("pos-{}", subject);
  // As if its consumer had died of something since repaired.
  pqxx::nontransaction{d.server.db()}.exec(fmt::format(
      "INSERT INTO messaging.dead_letter (id, tenant_id, queue, consumer, event_id, event_type, entity_key, "
      "routing_key, correlation_id, reason, error, body, body_size, attempts, first_failed_at) VALUES "
      "('{0}', '{1}', "
      "'audit.financial', 'financial_audit', '{2}', 'AuditEventRecorded', '{0}', 'x', '{3}', 'EXHAUSTED', "
      "'gone', "
      "'{4}', 1, 6, now())",
      subject, demo_tenant, text_at(boost::json::parse(event), "/eventId"), key, event));
  REQUIRE(retry(*who, subject).status == 200);
  CHECK(becomes_true(patience, [&] { return d.audit(subject, "REFUND").size() == 1; }));
  CHECK(number_of(
            d.server.db(),
            fmt::format("SELECT count(*) FROM messaging.dead_letter WHERE correlation_id = '{}'", key)) == 1);
}

TEST_CASE("dead letters: with an Idempotency-Key a repetition gets the first answer") {
  desk d;
  auto who = d.server.signed_in("demo.operator");
  letter_rows rows;
  add_letters(d.server.db(), rows);
  auto id = letter_in(d.server.db(), rows.queue);
  auto ask = [&] {
    return who->http.send("POST", fmt::format("{}/{}/discard", letters_path, id),
                          {{{"Idempotency-Key", "discard-" + id}}, R"({"reason":"twice"})"});
  };
  auto first = ask(), second = ask();
  REQUIRE(first.status == 200);
  CHECK(second.status == 200);
  CHECK(second.body == first.body);
  CHECK(second.header("idempotency-replayed") == "true");
  CHECK(d.audit(id, "DEAD_LETTER_DISCARDED").size() == 1);
}

TEST_CASE(
    "dead letters: what is no event is shown as text or base64, belongs to the default tenant, and can only "
    "be discarded") {
  desk d;
  auto who = d.server.signed_in("demo.operator"), rita = d.server.signed_in("rival.owner");
  auto mark = to_string(uuid::generate());
  publish_financial(nobody, "garbage " + mark);
  publish_financial(nobody, std::string{"\xff\xfe\0 ", 4} + mark);
  publish_financial(nobody, json({{"notAnEvent", mark}}));
  auto of = [&](std::string_view bytes) {
    return text_of(d.server.db(),
                   fmt::format("SELECT id FROM messaging.dead_letter WHERE raw_body = '\\x{}'::bytea", [&] {
                     std::string hex;
                     for (unsigned char c : bytes)
                       hex += fmt::format("{:02x}", c);
                     return hex;
                   }()));
  };
  auto all_there = [&] {
    return !of("garbage " + mark).empty() && !of(std::string{"\xff\xfe\0 ", 4} + mark).empty() &&
           !of(json({{"notAnEvent", mark}})).empty();
  };
  REQUIRE(becomes_true(patience, all_there));
  auto shown = [&](std::string_view bytes) {
    return json_of(who->http.get(fmt::format("{}/{}", letters_path, of(bytes))));
  };
  auto text = shown("garbage " + mark);
  CHECK(text_at(text, "/bodyEncoding") == "TEXT");
  CHECK(text_at(text, "/body") == "garbage " + mark);
  CHECK(text_at(text, "/retryable") == "false");
  CHECK(text_at(shown(std::string{"\xff\xfe\0 ", 4} + mark), "/bodyEncoding") == "BASE64");
  CHECK(text_at(shown(std::string{"\xff\xfe\0 ", 4} + mark), "/body").starts_with("//4AI"));
  CHECK(text_at(shown(json({{"notAnEvent", mark}})), "/body/notAnEvent") == mark);

  auto id = of("garbage " + mark);
  check_error(retry(*who, id), 409, "DEAD_LETTER_NOT_RETRYABLE");
  check_error(rita->http.get(fmt::format("{}/{}", letters_path, id)), 404, "DEAD_LETTER_NOT_FOUND");
  check_error(discard(*rita, id), 404, "DEAD_LETTER_NOT_FOUND");
  CHECK(discard(*who, id, "garbage").status == 200);
}

TEST_CASE(
    "dead letters: another tenant's are neither seen nor touched; those of no tenant we know are the default "
    "tenant's") {
  desk d;
  auto who = d.server.signed_in("demo.operator"), rita = d.server.signed_in("rival.owner");
  letter_rows ours, theirs{.tenant = rival_tenant}, lost{.tenant = to_string(uuid::generate())};
  for (const auto& rows : {ours, theirs, lost})
    add_letters(d.server.db(), rows);
  auto sees = [&](visitor& v, const letter_rows& rows) {
    auto id = letter_in(d.server.db(), rows.queue);
    auto listed = json_of(v.http.get(fmt::format("{}?queue={}", letters_path, rows.queue)));
    auto one = v.http.get(fmt::format("{}/{}", letters_path, id));
    CHECK((one.status == 200) == (text_at(listed, "/totalCount") == "1"));
    return one.status == 200;
  };
  CHECK(sees(*who, ours));
  CHECK(sees(*who, lost));
  CHECK_FALSE(sees(*who, theirs));
  CHECK(sees(*rita, theirs));
  CHECK_FALSE(sees(*rita, ours));
  CHECK_FALSE(sees(*rita, lost));
  check_error(retry(*rita, letter_in(d.server.db(), ours.queue)), 404, "DEAD_LETTER_NOT_FOUND");
  auto swept = rita->http.post(fmt::format("{}/retry", letters_path), R"({"filter":{},"dryRun":true})");
  CHECK(swept.body.find(ours.queue) == std::string::npos);
  CHECK(swept.body.find(theirs.queue) != std::string::npos);
  // No consumer listens to these queues.
  for (const auto& rows : {ours, lost})
    CHECK(discard(*who, letter_in(d.server.db(), rows.queue)).status == 200);
  CHECK(discard(*rita, letter_in(d.server.db(), theirs.queue)).status == 200);
}

TEST_CASE("dead letters: bad input is refused by name, and who may only view cannot act") {
  desk d;
  auto who = d.server.signed_in("demo.operator");
  letter_rows rows;
  add_letters(d.server.db(), rows);
  auto id = letter_in(d.server.db(), rows.queue);
  auto get = [&](const std::string& rest) { return who->http.get(letters_path + rest); };
  check_error(get("/" + std::string{nobody}), 404, "DEAD_LETTER_NOT_FOUND");
  check_error(get("/4711"), 400, "VALIDATION_FAILED", "`deadLetterId` must be a UUID.");
  CHECK(wrong_fields(get("?state=GONE&reason=BAD&pageSize=0&colour=red")) == std::set<std::string>{"colour"});
  CHECK(wrong_fields(get("?state=GONE&reason=BAD&pageSize=0")) ==
        std::set<std::string>{"state", "reason", "pageSize"});
  check_error(retry(*who, nobody), 404, "DEAD_LETTER_NOT_FOUND");
  for (const auto& reason : {std::string{}, std::string{" \t"}, std::string(501, 'x')})
    check_error(discard(*who, id, reason), 400, "VALIDATION_FAILED", "`reason` must have 1 to 500 bytes.");
  auto post = [&](const std::string& path, const std::string& body) {
    return who->http.post(letters_path + path, body);
  };
  CHECK(wrong_fields(post("/" + id + "/discard", R"({"reason":7})")) == std::set<std::string>{"reason"});
  CHECK(wrong_fields(post("/" + id + "/discard", "{}")) == std::set<std::string>{"reason"});
  CHECK(wrong_fields(post("/" + id + "/retry", R"({"force":true})")) == std::set<std::string>{"force"});
  CHECK(wrong_fields(post("/retry", "{}")) == std::set<std::string>{"filter"});
  for (const auto* rate : {"0", "-1", "5001", "1.5", "\"fast\""})
    CHECK(wrong_fields(post("/retry", fmt::format(R"({{"filter":{{}},"ratePerSecond":{}}})", rate))) ==
          std::set<std::string>{"ratePerSecond"});
  CHECK(wrong_fields(post("/retry", R"({"filter":{"reason":"BAD","colour":"red"}})")) ==
        std::set<std::string>{"filter.reason", "filter.colour"});
  check_error(who->http.get(fmt::format("{}/{}", replays_path, nobody)), 404, "DEAD_LETTER_REPLAY_NOT_FOUND");
  check_error(who->http.post(fmt::format("{}/{}/cancel", replays_path, nobody), "{}"), 404,
              "DEAD_LETTER_REPLAY_NOT_FOUND");
  auto auditor = d.server.signed_in("demo.auditor");
  CHECK(auditor->http.get(letters_path).status == 200);
  check_error(discard(*auditor, id), 403, "ACCESS_DENIED");
  CHECK(letters_in_state(d.server.db(), rows.queue, "OPEN") == 1);
}

}  // namespace musterd::testing
