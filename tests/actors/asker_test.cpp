#include "actors/asker.hpp"
#include "tests/actors/deterministic.hpp"

using namespace musterd;
using namespace musterd::test;

namespace {

caf::behavior echo(caf::event_based_actor*) {
  return {[](int i) { return i; }};
}

}  // namespace

TEST_CASE("asker: one that fails is replaced, and what throws is no reason to fail") {
  deterministic d;
  auto answering = d.keep(d.system().spawn(echo));
  asker_pool pool{d.system(), 1};
  const auto& asker = pool.of({});
  auto answers = 0;
  auto ask = [&](auto on_answer) {
    asker.run([=](caf::event_based_actor& self) {
      self.request(answering, caf::infinite, 1).then(on_answer, [](const caf::error&) {});
    });
    d.settle();
  };
  ask([&](int) { ++answers; });
  CHECK(answers == 1);
  asker.run([](caf::event_based_actor&) { throw std::runtime_error{"while asking"}; });
  ask([&](int) { call_safely([] { throw std::runtime_error{"in a callback"}; }); });
  ask([&](int) { ++answers; });
  CHECK(answers == 2);
  ask([&](int) { throw std::runtime_error{"beyond all care"}; });
  ask([&](int) { ++answers; });
  CHECK(answers == 3);
}
