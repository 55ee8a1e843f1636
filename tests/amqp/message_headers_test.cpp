#include "messaging/amqp/amqp_codec.hpp"
#include "messaging/inbox/consumer_link.hpp"
#include "tests/amqp/world.hpp"
#include "tests/support/json_values.hpp"
#include "tests/support/network/broker_link.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <array>
#include <random>

using namespace musterd;
using namespace musterd::testing;

/// Publishers choose the headers: they count like bodies, and only their beginning is kept.
namespace {

constexpr auto letters_kept = "SELECT count(*) FROM messaging.dead_letter";
constexpr std::int64_t flood = 3000;

void publish(world& w, const outgoing_event& event, std::string_view note) {
  w.publish(event, {{"note", note}});
}

/// Text that the database cannot compress.
std::string noise(std::size_t size) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-";
  std::mt19937 random{7};
  std::string result;
  while (result.size() < size)
    result += letters[random() % letters.size()];
  return result;
}

/// Publishes to the test's exchange: a key behind a header of as many one-byte voids as a frame takes.
void publish_nothings(world& w, const std::string& key, const std::string& body) {
  std::vector<amqp_field_value_t> nothings(100'000);
  for (auto& nothing : nothings)
    nothing.kind = AMQP_FIELD_KIND_VOID;
  amqp_table_entry_t headers[] = {{amqp_cstring_bytes("nothings"), {}}, {amqp_cstring_bytes("key"), {}}};
  headers[0].value.kind = AMQP_FIELD_KIND_ARRAY;
  headers[0].value.value.array = {static_cast<int>(nothings.size()), nothings.data()};
  headers[1].value.kind = AMQP_FIELD_KIND_UTF8;
  headers[1].value.value.bytes = amqp_text(key);
  amqp_basic_properties_t properties{};
  properties._flags = AMQP_BASIC_HEADERS_FLAG;
  properties.headers = {2, headers};
  broker_link link{world::broker_url()};
  REQUIRE(amqp_basic_publish(link, broker_link::channel, amqp_text(w.exchange()), amqp_text("test.raw"), 0, 0,
                             &properties, amqp_text(body)) == AMQP_STATUS_OK);
  amqp_channel_close(link, broker_link::channel, AMQP_REPLY_SUCCESS);
}

}  // namespace

TEST_CASE(
    "message headers: of a hundred thousand nothings few come into memory, and the key behind them does") {
  world w;
  auto queue = w.collecting_queue();
  auto key = to_string(uuid::generate());
  publish_nothings(w, key, "{}");
  auto got = w.take(queue, 1);
  REQUIRE(got.size() == 1);
  CHECK(header_text(got[0], "key") == key);
  CHECK(values_in(got[0].headers) <= amqp_codec::kept_header_values + 3);
  CHECK(boost::json::serialize(got[0].headers).size() < amqp_codec::kept_header_bytes + 1024);
  CHECK(got[0].headers.at("x-left-out") == 1);
}

TEST_CASE("message headers: a letter keeps their beginning, and says that there was more") {
  world w;
  recorder handler{w};
  handler.fail(1, false);
  auto spec = w.spec();
  running<consumer> consumer{w.consuming(), spec, handler, w.stats};
  publish(w, w.event(1, uuid::generate()), std::string(100'000, 'x'));
  publish_nothings(w, "no uuid", "no event");
  REQUIRE(eventually([&] { return w.number(letters_kept) == 2; }));
  CHECK(w.number("SELECT max(octet_length(headers::text)) FROM messaging.dead_letter") <
        static_cast<std::int64_t>(amqp_codec::kept_header_bytes) + 1024);
  CHECK(w.number("SELECT count(*) FROM messaging.dead_letter WHERE headers->>'x-left-out' = '1'") == 2);
  CHECK(w.number("SELECT count(*) FROM messaging.dead_letter WHERE headers->>'note' LIKE 'xxx%'") == 1);
}

TEST_CASE("message headers: in a flood of what cannot be read they use up the budget of letters") {
  world w;
  recorder handler{w};
  auto spec = w.spec();
  auto broken = w.event(1, uuid::generate());
  broken.body = "x";
  auto note = noise(5000);
  for (int i = 0; i < flood; ++i)
    publish(w, broken, note);
  w.publish(w.event(7, uuid::generate()));
  running<consumer> consumer{w.consuming(), spec, handler, w.stats};
  REQUIRE(eventually([&] { return w.number("SELECT count(*) FROM effect") == 1; }, 180s));
  REQUIRE(eventually([&] { return w.stats.dead_lettered[0] == flood; }));
  auto letters = w.number(letters_kept);
  CHECK(letters > 1000);
  CHECK(letters < flood);
  CHECK(w.number("SELECT sum(octet_length(headers::text) + 2048) FROM messaging.dead_letter") <= 17 << 20);
  CHECK(eventually([&] { return w.depth(dead_letter_queue(spec)) == flood; }));
}

TEST_CASE("message headers: contradictions have a budget of letters, and beyond it a counted alert") {
  world w;
  recorder handler{w};
  auto spec = w.spec();
  auto real = w.event(2, uuid::generate()), other = real;
  auto at = other.body.find("\"number\":2");
  REQUIRE(at != std::string::npos);
  other.body.replace(at, 10, "\"number\":3");
  w.publish(real);
  auto note = noise(5000);
  for (int i = 0; i < flood; ++i)
    publish(w, other, note);
  w.publish(w.event(7, uuid::generate()));
  running<consumer> consumer{w.consuming(), spec, handler, w.stats};
  REQUIRE(eventually([&] { return w.number("SELECT count(*) FROM effect") == 2; }, 180s));
  REQUIRE(eventually([&] { return w.stats.dead_lettered[2] == flood; }));
  auto letters = w.number(letters_kept);
  CHECK(letters > 1000);
  CHECK(letters < flood);
  CHECK(w.number("SELECT sum(octet_length(headers::text) + 2048) FROM messaging.dead_letter") <= 17 << 20);
  CHECK(w.text("SELECT string_agg(number::text, ' ' ORDER BY number) FROM effect") == "2 7");
  auto flooded = [&](const std::string& member) {
    return w.number(fmt::format("SELECT coalesce(sum((details->>'{}')::bigint), 0) FROM messaging.alert"
                                " WHERE type = 'DEAD_LETTER_FLOOD'",
                                member));
  };
  CHECK(eventually([&] { return flooded("contradicted") > 0; }));
  CHECK(flooded("contradicted") == flooded("withoutAlert"));
  CHECK(eventually([&] { return w.depth(dead_letter_queue(spec)) == flood; }));
}

TEST_CASE("message headers: they take room behind a blocked key") {
  world w;
  recorder handler{w};
  handler.fail(1, false);
  auto spec = w.spec();
  running<consumer> consumer{w.consuming(), spec, handler, w.stats};
  auto key = uuid::generate();
  w.publish(w.event(1, key));
  REQUIRE(eventually([&] { return w.number("SELECT count(*) FROM messaging.parked_message") == 1; }));
  constexpr std::int64_t more = 2000;
  auto note = noise(5000);
  for (int i = 0; i < more; ++i)
    publish(w, w.event(2, key), note);
  w.publish(w.event(7, uuid::generate()));
  REQUIRE(eventually([&] { return w.number("SELECT count(*) FROM effect") == 1; }, 60s));
  auto waiting = [&] {
    return w.number("SELECT count(*) FROM messaging.parked_message WHERE state = 'WAITING'");
  };
  auto full = [&] {
    return w.number("SELECT count(*) FROM messaging.dead_letter WHERE error LIKE 'KEY_FULL%'");
  };
  REQUIRE(eventually([&] { return waiting() + full() == more; }));
  CHECK(full() > 0);
  CHECK(w.number("SELECT sum(octet_length(body) + octet_length(headers::text)) FROM messaging.parked_message"
                 " WHERE state = 'WAITING'") <= 8 << 20);
}

TEST_CASE(
    "message headers: a consumer holds no more than a batch of bytes, also while copies are confirmed") {
  world w;
  auto spec = w.spec();
  spec.max_body = 1 << 20;
  constexpr std::size_t messages = 120;
  for (std::size_t i = 0; i < messages; ++i)
    w.publish_raw(std::string(500'000, 'x'));
  REQUIRE(eventually([&] { return w.depth(spec.queue) == messages; }, 60s));
  consumer_link link{w.consuming().broker, spec};
  wake_signal wake;
  std::size_t seen = 0, largest = 0;
  auto deadline = std::chrono::steady_clock::now() + 60s;
  while (seen < messages && std::chrono::steady_clock::now() < deadline) {
    auto batch = link.gather(wake, 1s);
    std::size_t size = 0;
    for (const auto& message : batch)
      size += message.size();
    largest = std::max(largest, size);
    seen += batch.size();
    if (batch.empty())
      continue;
    link.send_to_dead_letters(
        std::array{consumer_link::dead_copy{&batch[0], "MALFORMED", "it is long", std::string{no_letter}}});
    link.acknowledge_all(batch.back());
  }
  CHECK(seen == messages);
  CHECK(largest <= consumer_link::batch_bytes + spec.max_body);
  link.close();
}

TEST_CASE(
    "message headers: as long as a frame, and longer when the message comes again, they stop no consumer") {
  world w;
  recorder handler{w};
  auto spec = w.spec();
  // With the rest of its frame, the longest that a broker takes.
  std::string note(131'036, 'x'), body = w.event(7, uuid::generate()).body;
  amqp_table_entry_t header{amqp_cstring_bytes("note"), {}};
  header.value.kind = AMQP_FIELD_KIND_UTF8;
  header.value.value.bytes = amqp_text(note);
  amqp_basic_properties_t properties{};
  properties._flags = AMQP_BASIC_HEADERS_FLAG;
  properties.headers = {1, &header};
  broker_link link{world::broker_url()};
  REQUIRE(amqp_basic_publish(link, broker_link::channel, amqp_text(w.exchange()), amqp_text("test.raw"), 0, 0,
                             &properties, amqp_text(body)) == AMQP_STATUS_OK);
  REQUIRE(eventually([&] { return w.depth(spec.queue) == 1; }));
  {
    broker_link killed{world::broker_url()};
    amqp_basic_consume(killed, broker_link::channel, amqp_text(spec.queue), amqp_empty_bytes, 0, 0, 0,
                       amqp_empty_table);
    auto envelope = killed.next(10s);
    REQUIRE(envelope.has_value());
    amqp_destroy_envelope(&*envelope);
  }
  running<consumer> consumer{w.consuming(), spec, handler, w.stats};
  REQUIRE(eventually([&] { return w.number("SELECT count(*) FROM effect") == 1; }));
  CHECK(w.stats.consumer_reconnects == 0);
}
