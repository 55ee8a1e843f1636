#include "messaging/inbox/letters/dead_letter_sweeper.hpp"
#include "tests/amqp/world.hpp"

#include <fmt/format.h>

using namespace musterd;
using namespace musterd::testing;

namespace {

/// A dead letter in the broker, already decided about if `decided`.
void bury_in(world& w, const std::string& queue, bool decided, std::string_view letter = {}) {
  auto event_id = to_string(uuid::generate()), dead_letters = queue + ".dlq";
  amqp_publication message;
  amqp_header headers[] = {{"x-letter", letter}};
  if (!letter.empty())
    message.headers = headers;
  message.routing_key = dead_letters;
  message.message_id = event_id;
  w.broker().publish(2, message);
  if (decided)
    pqxx::nontransaction{w.db()}.exec(
        fmt::format("INSERT INTO messaging.dead_letter_sweep (dead_letter_id, queue, event_id)"
                    " VALUES (gen_random_uuid(), '{}', '{}')",
                    queue, event_id));
}

std::string left(world& w) {
  return w.text("SELECT string_agg(queue, ' ') FROM messaging.dead_letter_sweep");
}

/// A queue with another reader, its only active one, that takes one message at a time.
struct held_queue {
  held_queue(world& w, const std::string& queue) {
    w.broker().declare_queue(1, queue, {{"x-single-active-consumer", true}});
    first.open_channel(1);
    first.limit_prefetch(1, 1);
    first.subscribe(1, queue, "first");
  }

  static amqp_options without_heartbeat() {
    amqp_options result;
    result.url = world::broker_url();
    result.heartbeat = 0s;
    return result;
  }
  amqp_options options = without_heartbeat();
  amqp_connection first{options};
};

}  // namespace

TEST_CASE(
    "sweeper: what is decided leaves the broker's queue; one that is gone or stuck keeps no other waiting") {
  world w;
  auto sound = w.spec().queue, gone = w.exchange() + ".a_gone", stuck = w.exchange() + ".b_stuck";
  held_queue held{w, stuck + ".dlq"};
  for (const auto& queue : {gone, sound, stuck, stuck})
    bury_in(w, queue, true);
  bury_in(w, sound, false);
  REQUIRE(eventually([&] { return w.depth(sound + ".dlq") == 2 && w.depth(stuck + ".dlq") == 1; }));
  running<dead_letter_sweeper> sweeper{w.leases(), held.options, w.stats, 20ms};
  CHECK(eventually([&] { return left(w) == fmt::format("{0} {0}", stuck); }));
  // The broker soon puts back what the sweeper held.
  CHECK(eventually([&] { return w.depth(sound + ".dlq") == 1; }));
  w.broker().delete_queue(1, stuck + ".dlq");
}

TEST_CASE("sweeper: while another one leads it asks once in a tick, not all the time") {
  world w;
  pqxx::nontransaction{w.db()}.exec("UPDATE cluster.lease SET holder = gen_random_uuid(), epoch = 1, until = "
                                    "now() + interval '1 hour' WHERE role = 'dead-letter-sweeper'");
  amqp_options options;
  options.url = world::broker_url();
  running<dead_letter_sweeper> sweeper{w.leases(), options, w.stats, 1h};
  auto asked = [&] {
    return w.text("SELECT query_start FROM pg_stat_activity WHERE datname = current_database()"
                  " AND application_name = 'musterd sweeper' AND query = 'COMMIT'");
  };
  REQUIRE(eventually([&] { return !asked().empty(); }));
  auto first = asked();
  for (int i = 0; i < 100; ++i)
    CHECK(asked() == first);
}

TEST_CASE(
    "sweeper: the broker's copy of every letter that is decided goes, whatever it died of; others stay") {
  world w;
  recorder handler{w};
  handler.fail(1, false);
  auto spec = w.spec({10ms});
  running<consumer> consumer{w.consuming(), spec, handler, w.stats};
  w.publish_raw("garbage", "named at will");
  w.publish_raw("nobody decides about this", "named at will");
  w.publish(w.event(1, uuid::generate()));
  handler.fail(2);
  w.publish(w.event(2, uuid::generate()));
  auto copies = dead_letter_queue(spec);
  REQUIRE(eventually([&] { return w.depth(copies) == 4; }));
  running<outbox_relay> relay{w.relaying(), w.stats};
  amqp_options options;
  options.url = world::broker_url();
  running<dead_letter_sweeper> sweeper{w.leases(), options, w.stats, 20ms};
  handler.heal(2);
  auto decide = [&](const std::string& which, const std::string& verdict) {
    auto letter = w.text("SELECT id FROM messaging.dead_letter WHERE " + which);
    return w.decide(uuid::parse(letter).value(), verdict);
  };
  REQUIRE(decide("raw_body = 'garbage'", "DISCARD") == "ok");
  REQUIRE(decide("reason = 'REFUSED'", "DISCARD") == "ok");
  REQUIRE(decide("reason = 'EXHAUSTED'", "RETRY") == "ok");
  // Copies of fresh letters may still be on their way to the queue.
  pqxx::nontransaction{w.db()}.exec(
      "UPDATE messaging.dead_letter SET dead_at = dead_at - interval '1 minute'");
  REQUIRE(eventually([&] { return left(w).empty(); }));
  CHECK(eventually([&] { return w.depth(copies) == 1; }));
  auto kept = w.take(copies, 1);
  REQUIRE(kept.size() == 1);
  CHECK(kept[0].body == "nobody decides about this");
}

TEST_CASE("sweeper: a letter whose copy may still be on its way is not struck off yet") {
  world w;
  recorder handler{w};
  auto spec = w.spec({10ms});
  running<consumer> consumer{w.consuming(), spec, handler, w.stats};
  w.publish_raw("garbage");
  REQUIRE(eventually([&] { return w.depth(dead_letter_queue(spec)) == 1; }));
  pqxx::nontransaction{w.db()}.exec("UPDATE messaging.dead_letter SET dead_at = now() + interval '1 hour'");
  REQUIRE(w.decide(uuid::parse(w.text("SELECT id FROM messaging.dead_letter")).value(), "DISCARD") == "ok");
  bury_in(w, w.spec().queue, true);
  amqp_options options;
  options.url = world::broker_url();
  running<dead_letter_sweeper> sweeper{w.leases(), options, w.stats, 20ms};
  REQUIRE(eventually([&] { return left(w) == spec.queue; }));
  CHECK(w.depth(dead_letter_queue(spec)) == 1);
}

TEST_CASE(
    "sweeper: a copy that no letter is about stays, whatever is decided about another one of its event") {
  world w;
  auto queue = w.spec().queue;
  bury_in(w, queue, true, "none");
  bury_in(w, queue, true);
  REQUIRE(eventually([&] { return w.depth(queue + ".dlq") == 2; }));
  amqp_options options;
  options.url = world::broker_url();
  {
    running<dead_letter_sweeper> sweeper{w.leases(), options, w.stats, 20ms};
    REQUIRE(eventually([&] { return left(w) == queue; }));
  }
  REQUIRE(eventually([&] { return w.depth(queue + ".dlq") == 1; }));
  auto kept = w.take(queue + ".dlq", 1);
  REQUIRE(kept.size() == 1);
  CHECK(kept[0].headers.at("x-letter").as_string() == "none");
}

TEST_CASE("sweeper: a queue is swept to its end, however much is in it, and what stays is all there") {
  world w;
  auto queue = w.spec().queue;
  constexpr int others = 2500;
  bury_in(w, queue, true);
  for (int i = 0; i < others; ++i)
    bury_in(w, queue, false);
  bury_in(w, queue, true);
  REQUIRE(eventually([&] { return w.depth(queue + ".dlq") == others + 2; }));
  amqp_options options;
  options.url = world::broker_url();
  running<dead_letter_sweeper> sweeper{w.leases(), options, w.stats, 20ms};
  REQUIRE(eventually([&] { return left(w).empty(); }, 180s));
  CHECK(eventually([&] { return w.depth(queue + ".dlq") == others; }));
}

TEST_CASE("sweeper: a copy that somebody else holds is taken out when they give it back") {
  world w;
  auto queue = w.spec().queue;
  bury_in(w, queue, true);
  amqp_options options;
  options.url = world::broker_url();
  options.heartbeat = 0s;
  auto holder = std::make_unique<amqp_connection>(options);
  holder->open_channel(1);
  holder->limit_prefetch(1, 1);
  holder->subscribe(1, queue + ".dlq", "holder");
  REQUIRE(holder->wait(10s).index() == 1);
  bury_in(w, queue, true);
  REQUIRE(eventually([&] { return w.depth(queue + ".dlq") == 1; }));
  running<dead_letter_sweeper> sweeper{w.leases(), options, w.stats, 20ms};
  REQUIRE(eventually([&] { return left(w) == queue; }));
  CHECK(w.depth(queue + ".dlq") == 0);
  holder.reset();
  CHECK(eventually([&] { return left(w).empty(); }));
  CHECK(w.depth(queue + ".dlq") == 0);
}

TEST_CASE("sweeper: of what is decided nothing is looked for longer than an hour") {
  world w;
  auto queue = w.spec().queue;
  bury_in(w, queue, true);
  REQUIRE(w.take(queue + ".dlq", 1).size() == 1);
  amqp_options options;
  options.url = world::broker_url();
  running<dead_letter_sweeper> sweeper{w.leases(), options, w.stats, 20ms};
  bury_in(w, queue, true);
  REQUIRE(eventually([&] { return left(w) == queue; }));
  pqxx::nontransaction{w.db()}.exec(
      "UPDATE messaging.dead_letter_sweep SET decided_at = decided_at - interval '2 hours'");
  CHECK(eventually([&] { return left(w).empty(); }));
}

TEST_CASE("sweeper: a queue that cannot be swept for an hour raises an alert, once") {
  world w;
  auto stuck = w.exchange() + ".stuck";
  held_queue held{w, stuck + ".dlq"};
  for (int i = 0; i < 2; ++i)
    bury_in(w, stuck, true);
  REQUIRE(eventually([&] { return w.depth(stuck + ".dlq") == 1; }));
  running<dead_letter_sweeper> sweeper{w.leases(), held.options, w.stats, 20ms};
  auto alerts = [&] {
    return w.number("SELECT count(*) FROM messaging.alert WHERE type = 'DEAD_LETTERS_NOT_SWEPT'");
  };
  pqxx::nontransaction{w.db()}.exec(
      "UPDATE messaging.dead_letter_sweep SET decided_at = decided_at - interval '2 hours'");
  REQUIRE(eventually([&] { return alerts() == 1; }));
  CHECK(w.text("SELECT details->>'queue' FROM messaging.alert WHERE type = 'DEAD_LETTERS_NOT_SWEPT'") ==
        stuck + ".dlq");
  CHECK(left(w) == stuck + ' ' + stuck);
  w.broker().delete_queue(1, stuck + ".dlq");
}
