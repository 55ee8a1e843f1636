#include "persistence/sql/row_stream.hpp"

#include "tests/pg/rows/time_clock_rows.hpp"
#include "tests/support/deadline.hpp"
#include "tests/support/network/distant_database.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

namespace musterd::testing {
namespace {

using namespace std::chrono_literals;

constexpr auto many_rows = "SELECT n, repeat('x', 1000) FROM generate_series(1, 1000000) n";

}  // namespace

TEST_CASE("row stream: whoever has enough is free at once, though the database is frozen") {
  migrated_database d;
  distant_database far;
  std::atomic<bool> over{false};
  std::int64_t rows = 0;
  bool to_the_end = true;
  std::jthread reader{[&] {
    row_stream stream{far.url_of(d.database().name())};
    to_the_end = stream.each(many_rows, {}, [&](const text_row&) {
      if (++rows == 1)
        far.proxy.freeze();
      return rows < 3;
    });
    CHECK_THROWS_WITH(stream.run("SELECT"), doctest::Contains("no connection"));
    over = true;
  }};
  CHECK(becomes_true(30s, [&] { return over.load(); }));
  far.proxy.thaw();
  reader.join();
  CHECK(rows == 3);
  CHECK_FALSE(to_the_end);
}

TEST_CASE("row stream: a query that nobody wants any more ends at the server too") {
  migrated_database d;
  auto sessions = [&d] {
    return d.number("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                    "application_name = 'musterd stream'");
  };
  row_stream stream{d.url()};
  CHECK(sessions() == 1);
  CHECK_FALSE(stream.each(many_rows, {}, [](const text_row&) { return false; }));
  CHECK(becomes_true(30s, [&] { return sessions() == 0; }));
}

TEST_CASE("row stream: rows come to their end, and the stream is ready for the next question") {
  migrated_database d;
  row_stream stream{d.url()};
  std::int64_t rows = 0;
  auto count = [&rows](const text_row&) { return ++rows > 0; };
  CHECK(stream.each("SELECT generate_series(1, $1::int)", {"1000"}, count));
  CHECK_THROWS_WITH(stream.run("SELECT 1 / 0"), doctest::Contains("division by zero"));
  CHECK(stream.each("SELECT NULL", {}, count));
  CHECK(rows == 1001);
}

}  // namespace musterd::testing
