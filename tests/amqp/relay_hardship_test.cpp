#include "tests/amqp/world.hpp"
#include "tests/support/network/cut_proxy.hpp"
#include "tests/support/process.hpp"

#include <fmt/format.h>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

using namespace musterd;
using namespace musterd::testing;

/// One of the relay's dependencies misbehaves without ending: the others must go on.
namespace {

/// A queue for routing key "silent" that accepts messages and never confirms them, and one for "open".
struct hanging_queue {
  hanging_queue(world& w, const amqp_arguments& arguments, const std::string& process)
      : w_{w}, process_{process} {
    w.broker().declare_queue(1, silent, arguments);
    w.broker().bind_queue(1, silent, w.exchange(), "silent");
    w.broker().declare_queue(1, open, {});
    w.broker().bind_queue(1, open, w.exchange(), "open");
    tell("suspend");
  }
  ~hanging_queue() {
    tell("resume");
    for (const auto& queue : {silent, open})
      w_.broker().delete_queue(1, queue);
  }
  void tell(const std::string& what) const {
    run_program(
        {{needed_environment("MUSTERD_SERVICES"), "rabbitmqctl", needed_environment("MUSTERD_SERVICES_DIR"),
          "eval",
          fmt::format("{{ok, Q}} = rabbit_amqqueue:lookup(rabbit_misc:r(<<\"/\">>, queue, <<\"{}\">>)),"
                      " sys:{}({}).",
                      silent, what, process_)},
         {},
         {}});
  }

  world& w_;
  std::string silent = w_.exchange() + ".silent", open = w_.exchange() + ".open", process_;
};

std::vector<outgoing_event> events(const world& w, int count, const std::string& routing_key) {
  std::vector<outgoing_event> result;
  for (int i = 0; i < count; ++i) {
    result.push_back(w.event(i, uuid::generate()));
    result.back().routing_key = routing_key;
  }
  return result;
}

std::int64_t left(world& w) {
  return w.number("SELECT count(*) FROM messaging.outbox");
}

bool held(world& w) {
  return w.number("SELECT count(*) FROM cluster.lease WHERE role = 'relay' AND until > clock_timestamp()") ==
         1;
}

std::size_t different(const std::vector<amqp_delivery>& deliveries) {
  std::set<std::string> ids;
  for (const auto& delivery : deliveries)
    ids.insert(delivery.message_id);
  return ids.size();
}

}  // namespace

TEST_CASE("relay: a queue that answers nothing stops only what goes there, and once it answers all arrives") {
  world w;
  amqp_arguments arguments;
  std::string process = "amqqueue:get_pid(Q)";
  SUBCASE("a classic one") {}
  SUBCASE("the leader of a quorum") {
    arguments["x-queue-type"] = std::string{"quorum"};
    process = "whereis(element(1, amqqueue:get_pid(Q)))";
  }
  hanging_queue queue{w, arguments, process};
  w.write(events(w, 2000, "silent"));
  w.write(events(w, 10, "open"));
  auto options = w.relaying();
  options.patience = 1s;
  running<outbox_relay> relay{options, w.stats};
  CHECK(w.take(queue.open, 10).size() == 10);
  auto connections = w.stats.relay_reconnects.load();
  w.write(events(w, 10, "open"));
  relay->notify();
  CHECK(w.take(queue.open, 10).size() == 10);
  CHECK(w.stats.relay_reconnects == connections);
  CHECK(left(w) >= 2000);
  queue.tell("resume");
  REQUIRE(eventually([&] { return left(w) == 0; }, 60s));
  CHECK(different(w.take(queue.silent, w.depth(queue.silent))) == 2000);
  CHECK(w.number("SELECT count(*) FROM messaging.dead_letter") == 0);
}

TEST_CASE("relay: a window larger than its memory is one with more memory") {
  world w;
  auto queue = w.collecting_queue();
  w.write(events(w, 1, "any"));
  auto options = w.relaying();
  options.read_limit = options.most_loaded + 1;
  running<outbox_relay> relay{options, w.stats};
  CHECK(w.take(queue, 1).size() == 1);
}

TEST_CASE("relay: a database that refuses statements is asked less and less often") {
  world w;
  pqxx::nontransaction{w.db()}.exec(
      "CREATE SEQUENCE tried START 1;"
      "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN "
      "PERFORM nextval('tried'); RAISE EXCEPTION 'no' USING ERRCODE = '53100'; END $$;"
      "CREATE TRIGGER refuse BEFORE DELETE ON messaging.outbox FOR EACH STATEMENT EXECUTE FUNCTION refuse()");
  auto tried = [&] { return w.number("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM tried"); };
  w.write(events(w, 1, "any"));
  running<outbox_relay> relay{w.relaying(), w.stats};
  REQUIRE(eventually([&] { return tried() >= 1; }));
  auto begin = std::chrono::steady_clock::now();
  REQUIRE(eventually([&] { return tried() >= 7; }));
  CHECK(std::chrono::steady_clock::now() - begin > 3s);  // backoff of at least 50, 100, 200, ... ms
}

TEST_CASE("relay: an outbox that cannot be counted is published") {
  world w;
  auto queue = w.collecting_queue();
  w.write(events(w, 1, "any"));
  pqxx::connection another{w.database_url()};
  pqxx::work somebody{another};
  somebody.exec("LOCK TABLE messaging.outbox");
  running<outbox_relay> relay{w.relaying(), w.stats};
  const std::string relays = "FROM pg_stat_activity WHERE datname = current_database() AND application_name"
                             " = 'musterd relay'";
  REQUIRE(eventually([&] {
    return w.number(fmt::format("SELECT count(pg_cancel_backend(pid)) {} AND wait_event_type = 'Lock' AND"
                                " query LIKE 'SELECT count(*)%'",
                                relays)) == 1;
  }));
  auto session = w.text(fmt::format("SELECT pid {}", relays));
  somebody.abort();
  CHECK(w.take(queue, 1).size() == 1);
  CHECK(w.text(fmt::format("SELECT pid {}", relays)) == session);
}

TEST_CASE("relay: a server that leads and is frozen leads no more, not even awake; one that has nothing to "
          "do leads on") {
  world w;
  auto options = w.relaying();
  options.longest_silence = 3s;
  SUBCASE("frozen") {
    auto queue = w.collecting_queue();
    auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      messaging_stats stats;
      lease_keeper own{w.database_url()};
      options.leases = &own;
      outbox_relay{options, stats}.run(std::stop_token{});
      ::_exit(1);
    }
    CHECK(eventually([&] { return held(w); }));
    w.write(events(w, 1, "any"));
    CHECK(w.take(queue, 1).size() == 1);
    ::kill(child, SIGSTOP);
    w.write(events(w, 1, "any"));
    running<outbox_relay> relay{options, w.stats};
    CHECK(eventually([&] { return w.stats.relay_leads.load(); }));
    CHECK(eventually([&] { return left(w) == 0; }));
    // Awake it still has its connections, and publishes nothing.
    ::kill(child, SIGCONT);
    for (int i = 0; i < 20; ++i) {
      w.write(events(w, 10, "any"));
      relay->notify();
    }
    CHECK(eventually([&] { return left(w) == 0; }));
    CHECK(w.stats.published == 201);
    CHECK(w.take(queue, 202).size() == 201);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
  SUBCASE("idle") {
    options.poll = 10min;
    running<outbox_relay> relay{options, w.stats};
    CHECK(eventually([&] {
      return w.number("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND"
                      " application_name = 'musterd relay' AND clock_timestamp() - backend_start >"
                      " interval '7 s'") == 1;
    }));
    CHECK(held(w));
    CHECK(w.text("SELECT epoch FROM cluster.lease WHERE role = 'relay'") == "1");
  }
}

TEST_CASE("relay: the queue of a consumer of ours that is deleted is declared anew, and no event is lost") {
  world w;
  auto spec = w.spec();
  spec.bindings = {{w.exchange(), "ours"}};
  w.broker().delete_queue(1, spec.queue);
  auto options = w.relaying();
  options.consumers = {spec};
  running<outbox_relay> relay{options, w.stats};
  REQUIRE(eventually([&] { return w.stats.broker_up.load(); }));
  w.write(events(w, 5, "ours"));
  REQUIRE(w.take(spec.queue, 5).size() == 5);
  w.broker().delete_queue(1, spec.queue);
  w.write(events(w, 5, "ours"));
  REQUIRE(eventually([&] { return left(w) == 0; }));
  CHECK(different(w.take(spec.queue, w.depth(spec.queue))) == 5);
  CHECK(w.stats.relay_reconnects == 0);
  // Events for none of our consumers need no queue.
  w.write(events(w, 1, "nobody's"));
  CHECK(eventually([&] { return left(w) == 0; }));
}

TEST_CASE("relay: what is for one queue, which is not there, is a dead letter and not lost") {
  world w;
  auto lost = events(w, 1, w.exchange() + ".no_such_queue");
  lost[0].exchange.clear();
  w.write(lost);
  running<outbox_relay> relay{w.relaying(), w.stats};
  CHECK(eventually([&] { return w.number("SELECT count(*) FROM messaging.outbox_held") == 1; }));
  CHECK(w.text("SELECT error FROM messaging.dead_letter") ==
        fmt::format("there is no queue {}.no_such_queue", w.exchange()));
  CHECK(w.stats.relay_reconnects == 0);
}

TEST_CASE("relay: a queue that cannot be declared keeps only its own events") {
  world w;
  auto queue = w.exchange() + ".open";
  w.broker().declare_queue(1, queue, {});
  w.broker().bind_queue(1, queue, w.exchange(), "open");
  consumer_spec reserved;
  reserved.name = reserved.queue = "amq.nobody_may";
  reserved.bindings = {{w.exchange(), "its own"}};
  auto options = w.relaying();
  options.consumers = {reserved};
  w.write(events(w, 3, "its own"));
  w.write(events(w, 3, "open"));
  running<outbox_relay> relay{options, w.stats};
  CHECK(w.take(queue, 3).size() == 3);
  CHECK(eventually([&] { return w.stats.nacked > 0 && left(w) == 3; }));
  CHECK(w.stats.relay_reconnects == 0);
  w.broker().delete_queue(1, queue);
}

TEST_CASE("relay: very many keys that wait for a full queue are found by few reads") {
  world w;
  auto [full, open] = w.full_and_open_queue();
  pqxx::nontransaction{w.db()}.exec(
      fmt::format("INSERT INTO messaging.outbox (tenant_id, event_id, event_type, exchange, routing_key,"
                  " entity_key, occurred_at, correlation_id, body) SELECT '{}', gen_random_uuid(), 'Counted',"
                  " '{}', 'full', gen_random_uuid(), now(), 'c', 'x' FROM generate_series(1, 60000)",
                  to_string(w.tenant), w.exchange()));
  w.write(events(w, 1, "open"));
  auto options = w.relaying();
  options.poll = 10min;
  {
    running<outbox_relay> relay{options, w.stats};
    CHECK(eventually([&] { return w.depth(open) == 1; }, 120s));
  }
  // Counted once the relay's session has ended. Nearly every read scans twice; at 512 keys a read, there
  // would be 117 reads.
  auto scans = [&] {
    return w.number("SELECT pg_stat_get_numscans('messaging.outbox'::regclass)"
                    " + pg_stat_get_numscans('messaging.outbox_pkey'::regclass)");
  };
  CHECK(eventually([&] { return scans() > 0; }));
  CHECK(scans() < 100);
  for (const auto& queue : {full, open})
    w.broker().delete_queue(1, queue);
}

TEST_CASE("relay: what was confirmed is deleted also while the broker is away") {
  world w;
  auto queue = w.collecting_queue();
  auto url = world::broker_url();
  auto host_at = url.find('@') + 1, colon = url.find(':', host_at), path_at = url.find('/', host_at);
  cut_proxy proxy{"127.0.0.1", std::stoi(url.substr(colon + 1))};
  auto options = w.relaying();
  options.broker.url =
      fmt::format("{}127.0.0.1:{}{}", url.substr(0, host_at), proxy.port(), url.substr(path_at));
  w.write(events(w, 1, "any"));
  pqxx::connection another{w.database_url()};
  pqxx::work somebody{another};
  somebody.exec("SELECT FROM messaging.outbox FOR UPDATE");
  running<outbox_relay> relay{options, w.stats};
  REQUIRE(eventually([&] { return w.stats.confirmed == 1; }));
  proxy.cut();
  REQUIRE(eventually([&] { return !w.stats.broker_up; }));
  somebody.abort();
  CHECK(eventually([&] { return left(w) == 0; }));
}

TEST_CASE("relay: where a queue of ours is missing only that is declared, not those of all consumers") {
  world w;
  auto gone = w.spec(), other = w.spec();
  gone.bindings = {{w.exchange(), "gone"}};
  other.bindings = {{w.exchange(), "other"}};
  auto options = w.relaying();
  options.consumers = {other, gone};
  running<outbox_relay> relay{options, w.stats};
  REQUIRE(eventually([&] { return w.stats.broker_up.load(); }));
  for (const auto& spec : {gone, other})
    w.broker().delete_queue(1, spec.queue);
  w.write(events(w, 5, "gone"));
  CHECK(eventually([&] { return left(w) == 0; }));
  CHECK(different(w.take(gone.queue, w.depth(gone.queue))) == 5);
  w.broker().open_channel(3);
  CHECK_THROWS_AS(w.broker().queue_depth(3, other.queue), amqp_refused);
  w.write(events(w, 5, "other"));
  CHECK(eventually([&] { return left(w) == 0; }));
  CHECK(different(w.take(other.queue, w.depth(other.queue))) == 5);
}

TEST_CASE(
    "relay: of rows that somebody has locked it remembers only so many, and goes on when they are free") {
  world w;
  w.write(events(w, 100, "any"));
  auto options = w.relaying();
  options.most_undeleted = 10;
  options.read_limit = 5;
  options.most_loaded = 16;
  pqxx::connection another{w.database_url()};
  pqxx::work somebody{another};
  somebody.exec("SELECT FROM messaging.outbox FOR UPDATE");
  running<outbox_relay> relay{options, w.stats};
  REQUIRE(eventually([&] { return w.stats.confirmed >= 10; }));
  // It has measured twice: by then it had time for all.
  for (int depth = 101; depth <= 102; ++depth) {
    w.write(events(w, 1, "any"));
    REQUIRE(eventually([&] { return w.stats.outbox_depth == depth; }));
  }
  CHECK(w.stats.confirmed <= 10 + 16);
  somebody.abort();
  CHECK(eventually([&] { return left(w) == 0; }));
  CHECK(w.stats.confirmed == 102);
}
