#include "actors/aggregates/occupied_commands.hpp"

#include <doctest/doctest.h>

using namespace musterd;

TEST_CASE("occupied commands: one that nobody answers for is taken up again") {
  occupied_commands busy;
  auto now = occupied_commands::clock::now();
  auto lost = uuid::generate(), refused = uuid::generate(), done = uuid::generate();
  for (const auto& id : {lost, refused, done})
    busy.begin(id, now);
  CHECK(busy.at(now).under_way == 3);
  busy.done(done);
  busy.leave_alone(refused, now);
  auto figures = busy.at(now);
  CHECK(figures.under_way == 1);
  CHECK(figures.commands.size() == 2);
  CHECK(busy.at(now + occupied_commands::rest).commands == std::vector{lost});
  CHECK(busy.at(now + occupied_commands::answered_within).commands.empty());
  CHECK(busy.size() == 0);
}

TEST_CASE("occupied commands: one that cannot be read takes nobody's place, and is looked at again") {
  occupied_commands busy;
  auto now = occupied_commands::clock::now();
  auto unreadable = uuid::generate();
  busy.set_aside(unreadable, now);
  CHECK(busy.at(now).under_way == 0);
  CHECK(busy.at(now + occupied_commands::rest).commands == std::vector{unreadable});
  CHECK(busy.at(now + occupied_commands::until_mended).commands.empty());
}
