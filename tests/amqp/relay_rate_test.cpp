#include "tests/amqp/world.hpp"

#include <fmt/format.h>

#include <algorithm>

using namespace musterd;
using namespace musterd::testing;

// Measurements, not checks: amqp_tests --no-skip --test-case='rates:*'
namespace {

constexpr int people = 2000;

/// `count` events about `keys` keys in one transaction, as the journal writes them: in one statement.
void fill(world& w, int count, const std::string& routing_key = "test.counted.v1", int keys = people) {
  pqxx::work tx{w.db()};
  tx.exec(fmt::format(
      "INSERT INTO messaging.outbox (tenant_id, event_id, event_type, exchange, routing_key, entity_key,"
      " occurred_at, correlation_id, body) SELECT '{}', gen_random_uuid(), 'Counted', '{}',"
      " '{}', md5((random() * {})::int::text)::uuid, now(), gen_random_uuid()::text,"
      " repeat('x', 700) FROM generate_series(1, {})",
      to_string(w.tenant), w.exchange(), routing_key, keys, count));
  tx.commit();
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>{std::chrono::steady_clock::now() - begin}.count();
}

double cpu_seconds() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

void measure_drain(queue_kind kind, const char* name) {
  world w;
  w.collecting_queue(kind);
  constexpr int count = 40'000;
  fill(w, count);
  auto begin = std::chrono::steady_clock::now();
  auto cpu = cpu_seconds();
  running<outbox_relay> relay{w.relaying(), w.stats};
  REQUIRE(eventually([&] { return w.stats.confirmed == count; }, 120s));
  auto elapsed = seconds_since(begin);
  MESSAGE(fmt::format("{}: {:.0f} confirmed/s, {:.1f} us CPU each", name, count / elapsed,
                      (cpu_seconds() - cpu) * 1e6 / count));
}

void measure_delay(queue_kind kind, const char* name) {
  world w;
  w.collecting_queue(kind);
  std::vector<double> delays;
  auto options = w.relaying();
  options.poll = 1s;
  options.confirmed = [&](std::chrono::microseconds delay) {
    delays.push_back(static_cast<double>(delay.count()) / 1000);
  };
  constexpr int per_second = 2000, batch = 10, seconds = 10;
  {
    running<outbox_relay> relay{options, w.stats};
    REQUIRE(eventually([&] { return w.stats.broker_up.load(); }));
    auto next = std::chrono::steady_clock::now();
    for (int i = 0; i < per_second * seconds / batch; ++i) {
      std::this_thread::sleep_until(next += std::chrono::microseconds{1'000'000 * batch / per_second});
      fill(w, batch);
      relay->notify();
    }
    REQUIRE(eventually([&] { return w.stats.confirmed == per_second * seconds; }, 60s));
  }
  std::sort(delays.begin(), delays.end());
  auto at = [&](double q) {
    return delays[static_cast<std::size_t>(q * static_cast<double>(delays.size() - 1))];
  };
  MESSAGE(
      fmt::format("{}: 2000/s, begin of transaction to confirm p50 {:.1f} ms, p99 {:.1f} ms, most {:.1f} ms",
                  name, at(0.5), at(0.99), at(1)));
}

void measure_beside_many_keys(int keys) {
  world w;
  auto [full, open] = w.full_and_open_queue();
  auto write_other = [&] {
    auto other = w.event(0, uuid::generate());
    other.routing_key = "open";
    w.write({other});
  };
  fill(w, 2 * keys, "full", keys);
  write_other();
  auto options = w.relaying();
  options.poll = 1s;
  auto begin = std::chrono::steady_clock::now();
  running<outbox_relay> relay{options, w.stats};
  REQUIRE(eventually([&] { return w.depth(open) == 1; }, 300s));
  MESSAGE(fmt::format("{} keys: behind all of them: {:.2f} s", keys, seconds_since(begin)));
  for (int i = 0; i < 5; ++i) {
    begin = std::chrono::steady_clock::now();
    write_other();
    relay->notify();
    REQUIRE(eventually([&, so_far = i + 2u] { return w.depth(open) == so_far; }, 300s));
    MESSAGE(fmt::format("{} keys: one that comes later: {:.3f} s", keys, seconds_since(begin)));
  }
  w.broker().delete_queue(1, full);
  begin = std::chrono::steady_clock::now();
  REQUIRE(eventually([&] { return w.number("SELECT count(*) FROM messaging.outbox") == 0; }, 300s));
  MESSAGE(fmt::format("{} keys: emptied in {:.2f} s", keys, seconds_since(begin)));
  w.broker().delete_queue(1, open);
}

}  // namespace

TEST_CASE("rates: emptying the outbox" * doctest::skip()) {
  measure_drain(queue_kind::quorum, "quorum");
  measure_drain(queue_kind::classic, "classic");
}

TEST_CASE("rates: delay at a constant rate" * doctest::skip()) {
  measure_delay(queue_kind::quorum, "quorum");
  measure_delay(queue_kind::classic, "classic");
}

TEST_CASE("rates: others beside a full queue that somebody empties slowly" * doctest::skip()) {
  world w;
  auto [full, open] = w.full_and_open_queue(10);
  fill(w, 300'000, "full");
  auto options = w.relaying();
  options.poll = 1s;
  running<outbox_relay> relay{options, w.stats};
  REQUIRE(eventually([&] { return w.stats.nacked > 0; }));
  constexpr int count = 4'000, per_second = 100;
  auto begin = std::chrono::steady_clock::now();
  std::atomic<std::size_t> emptied = 0;
  std::jthread slow_consumer{[&](const std::stop_token& stop) {
    world other;
    while (!stop.stop_requested()) {
      emptied += other.take(full, per_second / 10).size();
      std::this_thread::sleep_for(100ms);
    }
  }};
  for (int i = 0; i < 40; ++i) {
    pqxx::work tx{w.db()};
    for (int n = 0; n < count / 40; ++n) {
      auto event = w.event(n, uuid::generate());
      event.routing_key = "open";
      write_outbox(tx, w.tenant, event);
    }
    tx.commit();
    relay->notify();
    std::this_thread::sleep_for(100ms);
  }
  REQUIRE(eventually([&] { return w.depth(open) == count; }, 300s));
  MESSAGE(fmt::format("{} of others in {:.1f} s (written in 4), meanwhile {} taken there and {} refused",
                      count, seconds_since(begin), emptied.load(), w.stats.nacked.load()));
  slow_consumer.request_stop();
  slow_consumer.join();
  for (const auto& queue : {full, open})
    w.broker().delete_queue(1, queue);
}

TEST_CASE("rates: others beside many keys of a full queue" * doctest::skip()) {
  for (int keys : {1'000, 4'000, 16'000, 64'000})
    measure_beside_many_keys(keys);
}

TEST_CASE("rates: consuming" * doctest::skip()) {
  world w;
  recorder handler{w};
  auto spec = w.spec();
  constexpr int count = 20'000;
  for (int i = 0; i < count; ++i)
    w.publish(w.event(i, uuid::generate()));
  auto begin = std::chrono::steady_clock::now();
  running<consumer> consumer{w.consuming(), spec, handler, w.stats};
  REQUIRE(eventually([&] { return w.stats.consumed == count; }, 120s));
  MESSAGE(fmt::format("{:.0f} events/s with one insert each", count / seconds_since(begin)));
}
