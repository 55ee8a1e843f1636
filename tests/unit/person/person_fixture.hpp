#pragma once

#include "domain/person/commands.hpp"
#include "domain/person/roles/access.hpp"
#include "tests/unit/decided.hpp"

#include <boost/endian/conversion.hpp>

/// A person with a user, counted ids and a clock, for given/when/then tests.
namespace musterd::testing {

using namespace std::chrono_literals;

inline uuid numbered(std::uint64_t n) {
  uuid result;
  boost::endian::store_big_u64(result.bytes.data() + 8, n);
  return result;
}

class counted_ids final : public id_source {
 public:
  uuid next() override { return numbered(++count_); }

 private:
  std::uint64_t count_ = 1'000'000;
};

inline const timestamp morning = std::chrono::sys_days{std::chrono::year{2026} / 1 / 11} + 7h;
inline const user_uuid ann_user{numbered(1)};
inline const person_uuid ann_person{numbered(2)};

inline person_state ann() {
  person_state s;
  s.id = ann_person;
  s.person = person{ann_person,    "Ann", "Lee",         "ann@example.com", access_status::active,
                    morning - 24h, {},    morning - 24h, morning - 24h,     1};
  s.user = user_account{ann_user, ann_person,    "ann",         {}, {}, access_status::active, morning - 24h,
                        {},       morning - 24h, morning - 24h, 1};
  return s;
}

inline person_state disabled(person_state s) {
  s.user->status = s.person->status = access_status::disabled;
  return s;
}

inline request_context at(timestamp now) {
  request_context ctx;
  ctx.tenant = {numbered(3)};
  ctx.actor = ann_user.value;
  ctx.person = ann_person;
  ctx.now = now;
  return ctx;
}

inline token_family_uuid family(std::uint64_t n) {
  return {numbered(100 + n)};
}

inline open_session signing_in(std::uint64_t n, timestamp expires = morning + 24h * 30) {
  return {ann_user, family(n), "hash-" + std::to_string(n) + "-1", expires};
}

struct person_rules {
  counted_ids ids;
  location_directory locations;
  role_catalog roles;
  facts known{locations, roles, ids};

  template <class Command>
  auto tried(const person_state& state, const Command& c, timestamp now) {
    return decided(state, c, at(now), known);
  }
  template <class Command>
  outcome<person_events> when(const person_state& state, const Command& c, timestamp now) {
    return events_in(tried(state, c, now));
  }
  /// What a command that must succeed answers.
  template <class Command>
  typename Command::answer answer(const person_state& state, const Command& c, timestamp now) {
    return tried(state, c, now).value().answer;
  }
  /// The state after a command that must succeed.
  template <class Command>
  person_state after(person_state state, const Command& c, timestamp now) {
    for (const auto& event : when(state, c, now).value())
      evolve(state, event);
    return state;
  }
};

}  // namespace musterd::testing
