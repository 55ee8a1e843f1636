#include "messaging/relay_window.hpp"

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

const auto ignore = [](const outbox_row&) {};

using numbers = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("relay window: one message of a key is on its way, other keys flow") {
  relay_window window;
  for (auto [seq, key] : {std::pair{1, 7}, {2, 7}, {3, 8}, {4, 7}})
    window.add(row(seq, static_cast<std::uint8_t>(key)));
  CHECK(publish_all(window) == numbers{1, 3});
  window.settle(1, false, true, ignore);
  CHECK(publish_all(window) == numbers{2});
  window.settle(3, true, true, ignore);
  CHECK(publish_all(window) == numbers{4});
  CHECK(window.confirmed() == numbers{1, 3, 2});
  CHECK(window.loaded() == 1);
}

TEST_CASE("relay window: a refused message is forgotten with its successors, and read again before them") {
  relay_window window;
  for (auto [seq, key] : {std::pair{1, 7}, {2, 7}, {3, 8}})
    window.add(row(seq, static_cast<std::uint8_t>(key)));
  CHECK(publish_all(window) == numbers{1, 3});
  numbers settled;
  CHECK(window.settle(1, false, false, [&](const outbox_row& of) { settled.push_back(of.seq); }).refused ==
        1);
  CHECK(settled == numbers{1});
  CHECK(publish_all(window).empty());
  CHECK(window.known() == numbers{3});
  window.add(row(1, 7));
  window.add(row(2, 7));
  CHECK(publish_all(window) == numbers{1});
  CHECK(window.settle(3, false, true, ignore).confirmed == 1);
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
  CHECK_FALSE(window.settle(1, false, true, ignore).uncrowded);
  CHECK(window.crowded_keys().size() == 1);
  CHECK_FALSE(window.settle(2, false, true, ignore).uncrowded);  // the other key
  publish_all(window);
  CHECK(window.settle(3, false, true, ignore).uncrowded);
  CHECK(window.crowded_keys().empty());
  publish_all(window);
  CHECK_FALSE(window.settle(4, false, true, ignore).uncrowded);
}

TEST_CASE("relay window: a confirm of several settles each once") {
  relay_window window;
  for (int i = 1; i <= 5; ++i)
    window.add(row(i, static_cast<std::uint8_t>(i)));
  publish_all(window);
  CHECK(window.settle(2, false, true, ignore).confirmed == 1);
  CHECK(window.settle(4, true, true, ignore).confirmed == 3);
  CHECK(window.settle(4, true, true, ignore).confirmed == 0);
  CHECK(window.settle(9, false, true, ignore).confirmed == 0);
  CHECK(window.in_flight() == 1);
}

TEST_CASE("relay window: after a lost connection only confirmed rows are remembered") {
  relay_window window;
  window.add(row(1, 1));
  window.add(row(2, 2));
  publish_all(window);
  window.settle(1, false, true, ignore);
  window.forget();
  CHECK(window.known() == numbers{1});
  window.add(row(2, 2));
  CHECK(publish_all(window) == numbers{2});
  CHECK(window.settle(1, false, true, ignore).confirmed == 1);
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
      window.settle(tag, false, true, [&](const outbox_row& taken) { delivered.insert(taken.seq); });
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
  CHECK(window.settle(1, false, true, ignore).confirmed == 1);
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
  CHECK(window.settle(1, false, true, ignore).confirmed == 1);  // its tag was never used
}
