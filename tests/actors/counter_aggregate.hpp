#pragma once

#include "actors/region.hpp"

namespace musterd::test {

/// The smallest aggregate: a counter. Its rows are what the fake journal remembers.
struct counter_state {
  std::int64_t value = 0;
};

struct counter_view {
  std::int64_t value = 0;
};
BOOST_DESCRIBE_STRUCT(counter_view, (), (value))

inline constexpr auto negative = conflict("NEGATIVE", "Only up.");

struct add {
  static constexpr std::string_view name = "add";
  static constexpr int success_status = 200;
  using answer = counter_view;
  static constexpr std::array faults{negative};
  std::int64_t amount = 1;
};
BOOST_DESCRIBE_STRUCT(add, (), (amount))

struct get_count {
  static constexpr std::string_view name = "get_count";
  static constexpr int success_status = 200;
  static constexpr bool is_query = true;
  using answer = counter_view;
};
BOOST_DESCRIBE_STRUCT(get_count, (), ())

struct added {
  std::int64_t value;
};

struct counter_row {
  std::int64_t value = 0;
};
BOOST_DESCRIBE_STRUCT(counter_row, (), (value))

using counter_events = std::vector<std::variant<added>>;
using counter_decision = outcome<decision<std::variant<added>, counter_view>>;

inline counter_decision decide(const counter_state& s, const add& c, const request_context&, const facts&) {
  if (c.amount < 0)
    return negative;
  if (c.amount == 0)
    return decision{counter_events{}, counter_view{s.value}};
  return decision{counter_events{added{s.value + c.amount}}, counter_view{s.value + c.amount}};
}

inline counter_decision decide(const counter_state& s, const get_count&, const request_context&,
                               const facts&) {
  return decision{counter_events{}, counter_view{s.value}};
}

inline void evolve(counter_state& s, const std::variant<added>& e) {
  s.value = std::get<added>(e).value;
}

struct counter_aggregate {
  static constexpr std::string_view name = "counter";
  using state = counter_state;
  using command = std::variant<add, get_count>;
  using event = std::variant<added>;
};

}  // namespace musterd::test

template <>
struct musterd::table_of<musterd::test::counter_row> : musterd::insert_table<"counter", "value"> {};

namespace musterd::test {

inline void add_effects(effects& out, const std::variant<added>& e, const request_context& ctx, id_source&) {
  out.write(ctx.tenant, counter_row{std::get<added>(e).value});
}

}  // namespace musterd::test
