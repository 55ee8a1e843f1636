#include "messaging/outbox/outbox_store.hpp"
#include "tests/amqp/world.hpp"

#include <fmt/format.h>

using namespace musterd;
using namespace musterd::testing;

namespace {

constexpr std::int64_t far = 1'000'000;

/// An outbox as a relay reads it, with a row far below the reading position: finding it means having walked
/// over everything that waits.
struct reader {
  reader() { w.write({w.event(0, early)}); }

  /// A row with this number, as high as years of events would make it.
  void write(std::int64_t seq, uuid key) {
    w.number(fmt::format("SELECT setval('messaging.outbox_seq_seq', {}, false)", seq));
    w.write({w.event(static_cast<int>(seq), key)});
  }
  std::vector<std::int64_t> read(const std::vector<uuid>& waiting, bool all = false,
                                 std::size_t limit = 100) {
    return numbers_of(store.read({}, {}, waiting, {limit, 1 << 20, all}));
  }
  std::vector<std::int64_t> read_but(const std::vector<uuid>& crowded, bool crowd = false) {
    return numbers_of(store.read({}, crowded, {}, {100, 1 << 20, false, crowd}));
  }
  static std::vector<std::int64_t> numbers_of(const outbox_store::rows_read& from) {
    std::vector<std::int64_t> seqs;
    for (const auto& row : from.rows)
      seqs.push_back(row.seq);
    return seqs;
  }

  world w;
  uuid early = uuid::generate(), late = uuid::generate(), left_out = uuid::generate();
  leader_role role{.name = "relay", .session_name = "relay"};
  leader_session session{w.leases(), role, {}};
  outbox_store store{session};
};

using numbers = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("outbox store: what is left out is not walked past again, even if nothing else is there") {
  reader r;
  r.write(far, r.left_out);
  CHECK(r.read({r.early, r.left_out}, true).empty());
  CHECK(r.read({r.left_out}).empty());
  CHECK(r.read({r.left_out}, true) == numbers{1});
}

TEST_CASE("outbox store: with others found it is the same") {
  reader r;
  r.write(far, r.left_out);
  r.write(far + 1, r.late);
  CHECK(r.read({r.early, r.left_out}, true) == numbers{far + 1});
  CHECK(r.read({}) == numbers{far, far + 1});
  CHECK(r.read({}, true) == numbers{1, far, far + 1});
}

TEST_CASE("outbox store: a read that finds more than it may take goes on from there") {
  reader r;
  r.write(far, r.late);
  CHECK(r.read({r.early}).size() == 1);
  r.write(far + 1, r.late);
  CHECK(r.read({}, true, 1) == numbers{1});
  CHECK(r.read({}) == numbers{1, far, far + 1});
}

TEST_CASE("outbox store: what a crowd left behind is looked for from where it began") {
  reader r;
  r.write(far, r.late);
  CHECK(r.read({r.early}) == numbers{far});
  r.write(far + 1, r.left_out);
  r.write(3 * far, r.late);
  CHECK_FALSE(r.store.left_crowd_out());
  CHECK(r.read_but({r.left_out}) == numbers{far, 3 * far});
  CHECK(r.store.left_crowd_out());
  CHECK(r.read_but({}) == numbers{3 * far});
  CHECK(r.read_but({}, true) == numbers{far, far + 1, 3 * far});
  CHECK_FALSE(r.store.left_crowd_out());
}

TEST_CASE(
    "outbox store: a transaction that is late is awaited, also while nothing is found but what is left out") {
  reader r;
  r.write(far, r.left_out);
  pqxx::connection other{r.w.database_url()};
  pqxx::nontransaction{r.w.db()}.exec("GRANT UPDATE ON SEQUENCE messaging.outbox_seq_seq TO " +
                                      std::string{other.username()});
  pqxx::work late{other};
  late.exec("SELECT setval('messaging.outbox_seq_seq', 2000000, false)");
  write_outbox(late, r.w.tenant, r.w.event(1, r.late));
  late.exec("SELECT setval('messaging.outbox_seq_seq', 3000000, false)");
  CHECK(r.read({r.early, r.left_out}).empty());
  late.commit();
  CHECK(r.read({r.early, r.left_out}) == numbers{2 * far});
}

TEST_CASE(
    "outbox store: what was put back is found though nothing else is there, unless its key is left out") {
  reader r;
  r.write(far, r.left_out);
  CHECK(r.read({r.early, r.left_out}).empty());
  CHECK(r.read({r.left_out}).empty());
  pqxx::nontransaction{r.w.db()}.exec("INSERT INTO messaging.outbox_returned VALUES (1)");
  CHECK(r.read({r.early}) == numbers{far});
  CHECK(r.read({r.left_out}) == numbers{1});
  CHECK(r.store.remove({1}).empty());
  CHECK(r.w.number("SELECT count(*) FROM messaging.outbox_returned") == 0);
}

TEST_CASE("outbox store: what one crowd left behind is not walked past again for the next") {
  reader r;
  r.write(far, r.late);
  CHECK(r.read({r.early}) == numbers{far});
  const auto a = r.left_out, b = uuid::generate();
  r.write(far + 1, a);
  r.write(3 * far, r.late);
  CHECK(r.read_but({a}) == numbers{far, 3 * far});
  r.write(3 * far + 1, b);
  CHECK(r.read_but({a, b}) == numbers{3 * far});
  CHECK(r.read_but({a}, true) == numbers{3 * far, 3 * far + 1});
  CHECK(r.store.left_crowd_out());
  // The key's first rows are behind the reading position; until they are read, its later ones are left out,
  // too.
  r.write(3 * far + 2, a);
  CHECK(r.read_but({}) == numbers{3 * far, 3 * far + 1});
  CHECK(r.read_but({}, true) == numbers{far, far + 1, 3 * far, 3 * far + 1, 3 * far + 2});
  CHECK_FALSE(r.store.left_crowd_out());
}

TEST_CASE("outbox store: what was put back is forgotten with its row by one that has read nothing yet") {
  reader r;
  pqxx::nontransaction{r.w.db()}.exec("INSERT INTO messaging.outbox_returned VALUES (1)");
  CHECK(r.store.remove({1}).empty());
  CHECK(r.w.number("SELECT count(*) FROM messaging.outbox_returned") == 0);
}

TEST_CASE("outbox store: who looks ahead sees where keys go whose rows are not read, and each row once") {
  reader r;
  CHECK(r.read({}) == numbers{1});
  auto to_two_places = r.w.event(0, r.late);
  to_two_places.routing_key = "first";
  r.w.write({to_two_places, r.w.event(1, r.late), r.w.event(2, r.left_out), r.w.event(3, r.early)});
  auto coming = r.store.look_ahead({r.early}, 3);
  REQUIRE(coming.size() == 2);
  CHECK(coming[0].key == r.late);
  CHECK(coming[0].routing_key == "first");
  CHECK(coming[1].key == r.left_out);
  CHECK(r.store.look_ahead({}, 100).empty());
  CHECK(r.read({}).size() == 5);
  r.w.write({r.w.event(4, r.early)});
  CHECK(r.store.look_ahead({}, 100).size() == 1);
}

TEST_CASE("outbox store: a long outbox is not counted to its end") {
  reader r;
  for (int i = 1; i <= 3; ++i)
    r.write(i + 1, r.late);
  CHECK(outbox_store::measure(r.session, 2).value().depth == 3);
  CHECK(outbox_store::measure(r.session, 4).value().depth == 4);
}
