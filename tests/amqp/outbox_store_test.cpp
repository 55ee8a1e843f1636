#include "messaging/outbox_store.hpp"
#include "tests/amqp/world.hpp"

#include <fmt/format.h>

using namespace musterd;
using namespace musterd::testing;

namespace {

constexpr std::int64_t far = 1'000'000;

/// The outbox of a world as a relay reads it, and a row far below what is read by now: who finds that one has
/// walked over all that waits.
struct reader {
  reader() { w.write({w.event(0, early)}); }

  /// A row with a number of its own, high ones as years of events make them.
  void write(std::int64_t seq, uuid key) {
    w.number(fmt::format("SELECT setval('messaging.outbox_seq_seq', {}, false)", seq));
    w.write({w.event(static_cast<int>(seq), key)});
  }
  std::vector<std::int64_t> read(const std::vector<uuid>& except_keys, bool all = false,
                                 std::size_t limit = 100) {
    std::vector<std::int64_t> seqs;
    for (const auto& row : store.read({}, except_keys, {limit, 1 << 20, all}).rows)
      seqs.push_back(row.seq);
    return seqs;
  }

  world w;
  uuid early = uuid::generate(), late = uuid::generate(), left_out = uuid::generate();
  backend_succession before;
  outbox_store store{w.database_url(), before};
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
