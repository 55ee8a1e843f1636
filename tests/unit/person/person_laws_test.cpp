#include "tests/unit/person/person_fixture.hpp"

#include "domain/person/roles/authorization.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace musterd;
using namespace musterd::testing;

namespace {

/// Random walk: sign-ins, refreshes with good and bad tokens, sign-outs, passing time, users disabled and
/// enabled.
class walk {
 public:
  explicit walk(unsigned seed) : random_{seed} {}

  person_command next() {
    now += 1s * pick(7200);
    if (pick(40) == 0)
      state.user->status =
          state.user->status == access_status::active ? access_status::disabled : access_status::active;
    auto n = static_cast<std::uint64_t>(pick(20));
    const auto* known = state.find_session(family(n));
    auto generation = known && pick(4) ? known->generation : pick(5);
    auto hash = known && pick(4) ? known->secret_hash : "hash-" + std::to_string(pick(1000));
    switch (pick(3)) {
      case 0: return open_session{ann_user, family(n), hash, now + 1h * pick(100)};
      case 1: return rotate_refresh{family(n), generation, hash, "hash-" + std::to_string(random_())};
      default: return revoke_session{family(n), generation, hash};
    }
  }

  person_state state = ann();
  timestamp now = morning;

 private:
  int pick(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
  std::mt19937 random_;
};

}  // namespace

TEST_CASE("laws: over random histories of a person's sessions") {
  person_rules rules;
  int passed_over = 0;
  for (unsigned seed = 0; seed < 200; ++seed) {
    walk w{seed};
    for (int step = 0; step < 200; ++step) {
      auto command = w.next();
      auto before = w.state;
      std::optional<session_view> shown;
      auto events = std::visit(
          [&](const auto& c) {
            auto made = rules.tried(w.state, c, w.now);
            if constexpr (std::same_as<decltype(made->answer), session_view>)
              shown = made ? std::optional{made->answer} : std::nullopt;
            if constexpr (std::same_as<decltype(made->answer), rotation_view>)
              shown = made ? made->answer.session : std::nullopt;
            return events_in(std::move(made));
          },
          command);
      CHECK(w.state == before);  // deciding leaves the state alone, also when it fails
      if (!events)
        continue;
      for (const auto& event : *events) {
        auto could = authorize(w.state);
        evolve(w.state, event);
        if (is_relied_on(event))
          continue;
        ++passed_over;
        auto can = authorize(w.state);  // nothing less than before
        CHECK(can->active == could->active);
        for (const auto& s : could->sessions)
          CHECK((s.expires_at <= w.now || can->has_live(s.family_id, w.now)));
      }
      if (shown) {
        const auto& session = *w.state.find_session(shown->family_id);
        CHECK(shown->generation == session.generation);
        CHECK(shown->expires_at == session.expires_at);
      }

      std::size_t live = 0;
      for (const auto& s : w.state.sessions) {
        live += s.live_at(w.now);
        CHECK_FALSE(s.revoked_at.has_value());
        const auto* earlier = before.find_session(s.family_id);
        CHECK(s.version - (earlier ? earlier->version : 0) <= 1);  // at most one row version per command
      }
      CHECK(live <= max_live_sessions);

      // Repeating it yields no event, except that a refresh token presented twice counts as reuse, by design.
      if (std::holds_alternative<rotate_refresh>(command)) {
        auto again = rules.when(w.state, std::get<rotate_refresh>(command), w.now);
        if (again && !events->empty() && std::holds_alternative<session_rotated>(events->front()))
          CHECK(std::holds_alternative<session_revoked>(again->front()));
        continue;
      }
      auto again = std::visit([&](const auto& c) { return rules.when(w.state, c, w.now); }, command);
      REQUIRE(again.has_value());
      if (const auto* open = std::get_if<open_session>(&command); open && open->expires_at <= w.now)
        continue;  // was over before it began
      CHECK(again->empty());
    }
  }
  CHECK(passed_over > 1000);
}
