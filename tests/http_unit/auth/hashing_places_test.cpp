#include "http/auth/sign_in/hashing_places.hpp"

#include "tests/http_unit/auth/auth_fixture.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace musterd;
using namespace musterd::testing;

namespace {

using places_held = std::vector<hashing_places::place>;

/// Places obtained by `users` of one company, each taking as many as it can get.
int taken_by(const hashing_places& places, tenant_uuid company, int users, places_held& held) {
  int taken = 0;
  for (int u = 0; u < users; ++u) {
    auto user = uuid::generate();
    for (int n = 0; n < 2 * hashing_places::most_of_a_caller; ++n)
      if (auto place = places.take(company, user)) {
        held.push_back(*place);
        ++taken;
      }
  }
  return taken;
}

}  // namespace

TEST_CASE("hashing places: a company takes half of them, and another finds some all the same") {
  hashing_places places;
  places_held held;
  auto first = tenant_uuid::generate(), second = tenant_uuid::generate();
  CHECK(taken_by(places, first, 1, held) == hashing_places::most_of_a_caller);
  CHECK(taken_by(places, first, 20, held) ==
        hashing_places::most_of_all / 2 - hashing_places::most_of_a_caller);
  CHECK(places.take(first, uuid::generate()).error().code == "TOO_MANY_REQUESTS");
  CHECK(taken_by(places, second, 20, held) == hashing_places::most_of_all / 4);
  CHECK(places.take(tenant_uuid::generate(), uuid::generate()).has_value());
  held.clear();
  CHECK(taken_by(places, first, 20, held) == hashing_places::most_of_all / 2);
}

TEST_CASE("hashing places: many companies leave none, and nobody more than there are") {
  hashing_places places;
  places_held held;
  int taken = 0;
  for (int n = 0; n < 40; ++n)
    taken += taken_by(places, tenant_uuid::generate(), 20, held);
  CHECK(taken == hashing_places::most_of_all);
  CHECK(places.take(tenant_uuid::generate(), uuid::generate()).error().code == "BUSY");
}

TEST_CASE("hashing places: one's own password is counted, unless there was no place for it") {
  hashing_places places;
  auto company = tenant_uuid::generate();
  auto user = uuid::generate();
  auto now = noon;
  auto counted = [&] { return places.count_own(user, now).has_value(); };
  int taken = 0;
  for (int n = 0; n < 100; ++n)
    taken += counted();
  CHECK(taken == hashing_places::own_passwords.guesses);
  CHECK(places.count_own(uuid::generate(), now).has_value());
  now += std::chrono::minutes{2};
  CHECK(counted());
  CHECK_FALSE(counted());
  places_held held;
  taken_by(places, company, 20, held);
  CHECK_FALSE(places.take_own(company, user).has_value());
  CHECK(counted());
}
