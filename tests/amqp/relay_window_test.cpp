#include "messaging/outbox/relay_window.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace musterd;

namespace {

outbox_row row(std::int64_t seq, std::uint8_t key) {
  outbox_row result;
  result.seq = seq;
  result.key.bytes[15] = key;
  return result;
}

std::vector<std::int64_t> publish_all(relay_window& window) {
  std::vector<std::int64_t> result;
  while (const auto* next = window.next()) {
    result.push_back(next->seq);
    window.published();
  }
  return result;
}

const auto taken = [](const outbox_row&) { return true; };
const auto refused = [](const outbox_row&) { return false; };

using numbers = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("relay window: one message of a key is on its way, other keys flow") {
  relay_window window;
  for (auto [seq, key] : {std::pair{1, 7}, {2, 7}, {3, 8}, {4, 7}})
    window.add(row(seq, static_cast<std::uint8_t>(key)));
  CHECK(publish_all(window) == numbers{1, 3});
  window.settle(1, false, taken);
  CHECK(publish_all(window) == numbers{2});
  window.settle(3, true, taken);
  CHECK(publish_all(window) == numbers{4});
  CHECK(window.confirmed() == numbers{1, 3, 2});
  CHECK(window.loaded() == 1);
}

TEST_CASE("relay window: a refused message is forgotten with its successors, and read again before them") {
  relay_window window;
  for (auto [seq, key] : {std::pair{1, 7}, {2, 7}, {3, 8}})
    window.add(row(seq, static_cast<std::uint8_t>(key)));
  CHECK(publish_all(window) == numbers{1, 3});
  CHECK(window.settle(1, false, refused).refused == 1);
  CHECK(publish_all(window).empty());
  CHECK(window.known() == numbers{3});
  window.add(row(1, 7));
  window.add(row(2, 7));
  CHECK(publish_all(window) == numbers{1});
  CHECK(window.settle(3, false, taken).confirmed == 1);
  CHECK(publish_all(window) == numbers{2});
}

TEST_CASE("relay window: what is not to be sent now is forgotten with its successors") {
  relay_window window;
  for (auto [seq, key] : {std::pair{1, 7}, {2, 7}, {3, 8}})
    window.add(row(seq, static_cast<std::uint8_t>(key)));
  REQUIRE(window.next()->seq == 1);
  window.postpone();
  CHECK(window.loaded() == 1);
  CHECK(publish_all(window) == numbers{3});
}

TEST_CASE("relay window: a key with much in memory is crowded, and it is said when it no longer is") {
  relay_window window;
  std::int64_t seq = 0;
  for (; seq < 66; ++seq)
    window.add(row(seq, 7));
  window.add(row(seq, 8));
  CHECK(window.crowded_keys() == std::vector{row(0, 7).key});
  publish_all(window);
  CHECK_FALSE(window.settle(1, false, taken).uncrowded);
  CHECK(window.crowded_keys().size() == 1);
  CHECK_FALSE(window.settle(2, false, taken).uncrowded);  // the other key
  publish_all(window);
  CHECK(window.settle(3, false, taken).uncrowded);
  CHECK(window.crowded_keys().empty());
  publish_all(window);
  CHECK_FALSE(window.settle(4, false, taken).uncrowded);
}

TEST_CASE("relay window: a confirm of several settles each once") {
  relay_window window;
  for (int i = 1; i <= 5; ++i)
    window.add(row(i, static_cast<std::uint8_t>(i)));
  publish_all(window);
  CHECK(window.settle(2, false, taken).confirmed == 1);
  CHECK(window.settle(4, true, taken).confirmed == 3);
  CHECK(window.settle(4, true, taken).confirmed == 0);
  CHECK(window.settle(9, false, taken).confirmed == 0);
  CHECK(window.in_flight() == 1);
}

TEST_CASE("relay window: after a lost connection only confirmed rows are remembered") {
  relay_window window;
  window.add(row(1, 1));
  window.add(row(2, 2));
  publish_all(window);
  window.settle(1, false, taken);
  window.forget();
  CHECK(window.known() == numbers{1});
  window.add(row(2, 2));
  CHECK(publish_all(window) == numbers{2});
  CHECK(window.settle(1, false, taken).confirmed == 1);
}

TEST_CASE("relay window: who breaks the connection is found in company that gets smaller") {
  constexpr int deadly = 300;
  relay_window window;
  std::optional<outbox_row> culprit;
  std::vector<std::size_t> together;
  std::set<std::int64_t> delivered;
  for (int round = 0; !culprit && round < 20; ++round) {
    for (int i = 1; i <= 500; ++i)
      if (!delivered.contains(i))
        window.add(row(i, static_cast<std::uint8_t>(i % 250 + 1)));
    for (std::uint64_t tag = 1;; ++tag) {
      bool broken = false;
      for (const auto* next = window.next(); next != nullptr; next = window.next())
        broken = window.published().seq == deadly || broken;
      if (broken)
        break;
      if (window.in_flight() == 0)
        break;
      window.settle(tag, false, [&](const outbox_row& row) { return delivered.insert(row.seq).second; });
    }
    together.push_back(window.in_flight());
    culprit = window.broke(2);
    window.removed();
  }
  REQUIRE(culprit.has_value());
  CHECK(culprit->seq == deadly);
  REQUIRE(together.size() == 3);
  CHECK(together[0] > 64);
  CHECK(together[1] <= 64);
  CHECK(together[2] == 1);
  CHECK_FALSE(delivered.contains(deadly));
}

TEST_CASE("relay window: what is confirmed is suspected no more, and one loss proves nothing") {
  relay_window window;
  window.add(row(1, 1));
  publish_all(window);
  CHECK_FALSE(window.broke(1).has_value());
  window.add(row(1, 1));
  publish_all(window);
  CHECK(window.settle(1, false, taken).confirmed == 1);
  window.removed();
  window.add(row(1, 1));
  publish_all(window);
  CHECK_FALSE(window.broke(1).has_value());
}

TEST_CASE("relay window: what is withdrawn takes those behind it along") {
  relay_window window;
  for (auto [seq, key] : {std::pair{1, 7}, {2, 7}, {3, 8}})
    window.add(row(seq, static_cast<std::uint8_t>(key)));
  window.published();
  window.withdraw();
  CHECK(window.loaded() == 1);
  CHECK(publish_all(window) == numbers{3});
  CHECK(window.settle(1, false, taken).confirmed == 1);  // its tag was never used
}

TEST_CASE("relay window: of several that are settled at once each is asked about") {
  relay_window window;
  for (int i = 1; i <= 3; ++i)
    window.add(row(i, static_cast<std::uint8_t>(i)));
  publish_all(window);
  auto count = window.settle(3, true, [](const outbox_row& of) { return of.seq != 2; });
  CHECK(count.confirmed == 2);
  CHECK(count.refused == 1);
  CHECK(window.confirmed() == numbers{1, 3});
}

TEST_CASE("relay window: what was refused has survived it and is suspected no more") {
  relay_window window;
  for (int i = 0; i < 2; ++i) {
    window.add(row(1, 1));
    publish_all(window);
    CHECK_FALSE(window.broke(1).has_value());
    window.add(row(1, 1));
    publish_all(window);
    window.settle(1, false, refused);
  }
}

TEST_CASE("relay window: what must be alone waits for those on their way, and the others for it") {
  relay_window window;
  for (int i = 1; i <= 3; ++i)
    window.add(row(i, static_cast<std::uint8_t>(i)));
  window.published();
  window.isolate_next();
  CHECK(window.next() == nullptr);
  window.settle(1, false, taken);
  REQUIRE(window.next() != nullptr);
  CHECK(window.published().seq == 2);
  CHECK(window.next() == nullptr);
  SUBCASE("it is taken") {
    window.settle(2, false, taken);
    CHECK(publish_all(window) == numbers{3});
  }
  SUBCASE("it breaks the channel") {
    auto culprit = window.broke(1);
    REQUIRE(culprit.has_value());
    CHECK(culprit->seq == 2);
  }
}

TEST_CASE("relay window: what is never answered stays on its way, and those after it come and go") {
  relay_window window;
  const relay_window::clock::time_point start{};
  for (int i = 1; i <= 3; ++i) {
    window.add(row(i, static_cast<std::uint8_t>(i)));
    window.published(start + std::chrono::seconds{i});
  }
  window.settle(2, false, taken);
  window.settle(3, false, taken);
  CHECK(window.in_flight() == 1);
  window.add(row(4, 4));
  window.published(start + std::chrono::seconds{4});
  CHECK(window.settle(4, false, taken).confirmed == 1);
  window.each_in_flight(relay_lane::usual, [&](const outbox_row& of, auto when) {
    CHECK(of.seq == 1);
    CHECK(when == start + std::chrono::seconds{1});
    return true;
  });
}

TEST_CASE("relay window: what is tried by itself counts its own tags, and keeps nobody from being alone") {
  relay_window window;
  for (int i = 1; i <= 4; ++i)
    window.add(row(i, static_cast<std::uint8_t>(i)));
  window.published({}, relay_lane::trial);
  window.isolate_next();
  REQUIRE(window.next() != nullptr);
  window.published();
  CHECK(window.next() == nullptr);
  CHECK(window.settle(1, false, taken).confirmed == 1);
  CHECK(window.settle(1, false, refused, relay_lane::trial).refused == 1);
  CHECK(window.confirmed() == numbers{2});
  CHECK(window.in_flight() == 0);
  window.published({}, relay_lane::trial);
  window.published();
  CHECK_FALSE(window.broke(1).has_value());
  window.add(row(3, 3));
  window.add(row(4, 4));
  window.published({}, relay_lane::trial);
  window.published();
  CHECK(window.broke(1).value().seq == 4);
}
