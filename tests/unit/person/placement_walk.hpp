#pragma once

#include "domain/person/commands.hpp"

#include "common/text/text.hpp"

#include <chrono>
#include <random>

/// Random histories of one person's placements, for the rules alone and for the tables behind them.
namespace musterd::testing {

/// Creates, changes and ends on a coarse time grid around `now`, so that windows meet, touch and overlap.
class placement_walk {
 public:
  placement_walk(unsigned seed, person_uuid person, std::vector<location_uuid> shops, timestamp begin)
      : now{begin}, random_{seed}, person_{person}, shops_{std::move(shops)} {}

  person_command next(const person_state& state) {
    now += std::chrono::minutes{pick(90)};
    if (state.placements.empty() || pick(3) == 0)
      return creation();
    const auto& p = state.placements[pick(state.placements.size())];
    return pick(4) == 0 ? person_command{ending(p)} : person_command{change(p)};
  }

  timestamp now;

 private:
  std::size_t pick(std::size_t below) { return random_() % below; }
  timestamp instant() { return now + std::chrono::hours{pick(48)} - std::chrono::hours{12}; }

  place_person creation() {
    place_person c;
    c.person_id = person_;
    c.location_id = shops_[pick(shops_.size())];
    c.role = pick(2) ? "MECHANIC" : pick(2) ? "mechanic" : "ADVISOR";
    c.is_primary = pick(2) == 0;
    c.effective_start_at = instant();
    if (pick(2))
      c.effective_end_at = c.effective_start_at + std::chrono::hours{pick(24)};
    return c;
  }
  change_placement change(const location_assignment& p) {
    change_placement c;
    c.assignment_id = p.assignment_id;
    c.version = p.version;
    if (pick(2))
      c.effective_start_at = instant();
    if (pick(2))
      c.effective_end_at = pick(3) ? std::optional{instant()} : std::nullopt;
    if (pick(2))
      c.is_primary = pick(2) == 0;
    return c;
  }
  end_placement ending(const location_assignment& p) {
    end_placement c;
    c.assignment_id = p.assignment_id;
    if (pick(2))
      c.effective_end_at = instant();
    return c;
  }

  std::mt19937 random_;
  person_uuid person_;
  std::vector<location_uuid> shops_;
};

/// How often S86-R2 or S86-R4 is broken; must be 0. Overlapping windows overlap where one of them begins.
inline int overlaps_in(const std::vector<location_assignment>& placements) {
  int broken = 0;
  for (const auto& at : placements)
    for (const auto& other : placements) {
      auto t = at.effective_start_at;
      if (&at == &other || !at.holds_at(t) || !other.holds_at(t))
        continue;
      broken += at.is_primary && other.is_primary;
      broken += at.location_id == other.location_id && equals_ignoring_case(at.role, other.role);
    }
  return broken;
}

}  // namespace musterd::testing
