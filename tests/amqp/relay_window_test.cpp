#include "messaging/relay_window.hpp"

#include <doctest/doctest.h>

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

TEST_CASE("relay window: a refused message goes again before its successor") {
  relay_window window;
  window.add(row(1, 7));
  window.add(row(2, 7));
  CHECK(publish_all(window) == numbers{1});
  CHECK(window.settle(1, false, false, ignore).refused == 1);
  CHECK(publish_all(window) == numbers{1});
  CHECK(window.settle(2, false, true, ignore).confirmed == 1);
  CHECK(publish_all(window) == numbers{2});
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
