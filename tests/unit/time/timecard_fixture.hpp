#pragma once

#include "domain/timecard/commands.hpp"
#include "tests/unit/decided.hpp"

#include <doctest/doctest.h>

namespace musterd::test {

/// Ids that count up: 1, 2, 3.
class counted_ids final : public id_source {
 public:
  uuid next() override {
    uuid result;
    result.bytes[15] = static_cast<std::uint8_t>(++count_);
    result.bytes[14] = static_cast<std::uint8_t>(count_ >> 8);
    return result;
  }

 private:
  unsigned count_ = 0;
};

inline uuid numbered(unsigned n) {
  uuid result;
  result.bytes[0] = static_cast<std::uint8_t>(n);
  return result;
}

inline timestamp at(std::string_view text) {
  return *parse_timestamp(text);
}

/// A person and shops; commands are decided at chosen times, and tests inspect the state.
struct time_clock {
  tenant_uuid tenant{numbered(1)};
  person_uuid person{numbered(2)};
  location_uuid chicago{numbered(3)};
  location_uuid los_angeles{numbered(4)};
  location_uuid closed_shop{numbered(5)};
  location_directory shops;
  counted_ids ids;
  timecard_state state;

  time_clock() {
    state.person = person;
    auto add = [&](location_uuid id, std::string zone, location_status status) {
      location shop;
      shop.location_id = id;
      shop.timezone = std::move(zone);
      shop.status = status;
      shops.add(tenant, shop);
    };
    add(chicago, "America/Chicago", location_status::active);
    add(los_angeles, "America/Los_Angeles", location_status::active);
    add(closed_shop, "America/Chicago", location_status::inactive);
  }

  request_context context(timestamp now) const {
    request_context ctx;
    ctx.tenant = tenant;
    ctx.actor = numbered(9);
    ctx.person = person;
    ctx.now = now;
    ctx.correlation_id = "test";
    return ctx;
  }

  template <class Command>
  auto tried(const Command& c, timestamp now) {
    role_catalog roles;
    facts known{shops, roles, ids};
    return decided(state, c, context(now), known);
  }

  /// Decides, evolves and returns the answer; fails the test on a fault.
  template <class Command>
  typename Command::answer done(const Command& c, timestamp now) {
    auto made = tried(c, now);
    INFO((made.has_error() ? made.error().message : std::string{}));
    REQUIRE(made.has_value());
    for (const auto& e : made->events)
      evolve(state, e);
    return made->answer;
  }

  template <class Command>
  fault refused(const Command& c, timestamp now) {
    auto before = state;
    auto made = tried(c, now);
    REQUIRE(made.has_error());
    CHECK(state == before);
    return made.error();
  }
};

}  // namespace musterd::test
