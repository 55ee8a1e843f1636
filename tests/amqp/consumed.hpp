#pragma once

#include "tests/amqp/world.hpp"

/// What a consumer with a `recorder` has made of its events.
namespace musterd::testing {

/// Their numbers, in the order in which they were handled.
inline std::string effects(world& w) {
  return w.text("SELECT string_agg(number::text, ' ' ORDER BY nth) FROM effect");
}

inline std::int64_t parked(world& w) {
  return w.number("SELECT count(*) FROM messaging.parked_message");
}

}  // namespace musterd::testing
