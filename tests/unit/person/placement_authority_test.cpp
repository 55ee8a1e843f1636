#include "domain/person/roles/authorized_users.hpp"
#include "tests/unit/person/placement_fixture.hpp"

#include <set>

using namespace musterd;
using namespace musterd::testing;

namespace {

/// A caller who still holds the permission at these shops when the command is decided.
class holder final : public acting_caller {
 public:
  explicit holder(std::set<location_uuid> shops) : shops_{std::move(shops)} {}
  bool holds(own_permission permission, location_uuid place, const role_catalog&) const override {
    asked.emplace(permission.key());
    return shops_.contains(place);
  }
  mutable std::set<std::string, std::less<>> asked;

 private:
  std::set<location_uuid> shops_;
};

/// A manager who covers some shops only; commands are decided at `morning`.
struct shop_rules : placement_rules {
  outcome<person_events> asked(const person_state& state, const auto& command,
                               std::vector<location_uuid> covered,
                               const acting_caller& who = trusted_caller) {
    auto ctx = at(morning);
    ctx.covered_shops = std::move(covered);
    facts with_caller{locations, roles, ids, who};
    return events_in(decided(state, command, ctx, with_caller));
  }
  std::string answer(const person_state& state, const auto& command,
                     std::vector<location_uuid> covered = {chicago}) {
    auto result = asked(state, command, std::move(covered));
    if (result)
      return "done";
    CHECK((result.error().kind == fault_kind::forbidden) == (result.error().code == "EXCEEDS_OWN_AUTHORITY"));
    CHECK_FALSE((result.error().kind == fault_kind::forbidden && result.error().details.has_value()));
    return result.error().code;
  }
};

/// Makes the person one of Chicago's by a future placement that is in nobody's way.
place_person helping_out() {
  return placing(chicago, morning + 720h, {}, false, "HELPER");
}

constexpr auto exceeds = "EXCEEDS_OWN_AUTHORITY";

}  // namespace

TEST_CASE(
    "Security: placements: a primary place here ends the one elsewhere only with authority there [D-50]") {
  shop_rules rules;
  auto state = rules.placed({primary_at(brooklyn, morning - 24h), helping_out()});
  auto tomorrow = primary_at(chicago, morning + 24h);
  CHECK(rules.answer(state, tomorrow) == exceeds);
  CHECK(rules.answer(state, tomorrow, {chicago, brooklyn}) == "done");
  // A placement next to it, or after it, takes nothing away.
  CHECK(rules.answer(state, placing(chicago, morning + 24h)) == "done");
  auto until_noon = rules.placed({primary_at(brooklyn, morning - 24h, morning + 5h), helping_out()});
  CHECK(rules.answer(until_noon, primary_at(chicago, morning + 5h)) == "done");
  CHECK(rules.answer(until_noon, primary_at(chicago, morning + 5h - 1us)) == exceeds);
}

TEST_CASE("Security: placements: what is in the way elsewhere is not named without authority there") {
  shop_rules rules;
  auto state = rules.placed({primary_at(brooklyn, morning + 24h), helping_out()});
  CHECK(rules.answer(state, primary_at(chicago, morning)) == exceeds);
  CHECK(rules.answer(state, primary_at(chicago, morning), {chicago, brooklyn}) == "PRIMARY_OVERLAP");
}

TEST_CASE(
    "Security: placements: becoming primary, or moving the start back, needs authority at the other shop") {
  shop_rules rules;
  auto state = rules.placed({primary_at(brooklyn, morning - 24h), placing(chicago, morning)});
  auto promote = changing(state.placements[1]);
  promote.is_primary = true;
  promote.effective_start_at = morning + 1h;
  CHECK(rules.answer(state, promote) == exceeds);
  CHECK(rules.answer(state, promote, {chicago, brooklyn}) == "done");
  auto back = changing(state.placements[1]);
  back.effective_start_at = morning - 2h;
  CHECK(rules.answer(state, back) == exceeds);
  CHECK(rules.answer(state, back, {chicago, brooklyn}) == "done");
  // Once begun in the past, by whatever authority, it may still change, but not reach further back.
  state = rules.after(state, back, morning);
  auto end = changing(state.placements[1]);
  end.effective_end_at = std::optional{morning + 8h};
  CHECK(rules.answer(state, end) == "done");
  end.effective_start_at = morning - 1h;
  CHECK(rules.answer(state, end) == "done");
  end.effective_start_at = morning - 2h - 1us;
  CHECK(rules.answer(state, end) == exceeds);
}

TEST_CASE("Security: placements: nothing reaches back into a time at another shop, one's own is one's own") {
  shop_rules rules;
  auto state = rules.placed({placing(brooklyn, morning - 48h, morning - 24h)});
  CHECK(rules.answer(state, placing(chicago, morning - 25h)) == exceeds);
  CHECK(rules.answer(state, placing(chicago, morning - 72h)) == exceeds);
  CHECK(rules.answer(state, placing(chicago, morning - 72h, morning - 47h)) == exceeds);
  CHECK(rules.answer(state, placing(chicago, morning - 25h), {chicago, brooklyn}) == "done");
  CHECK(rules.answer(state, placing(chicago, morning - 24h)) == "done");
  CHECK(rules.answer(state, placing(chicago, morning - 72h, morning - 48h)) == "done");
  // At the caller's own shop Story 86 alone decides.
  CHECK(rules.answer(state, placing(brooklyn, morning - 72h, morning - 48h), {brooklyn}) == "done");
  CHECK(rules.answer(state, placing(brooklyn, morning - 25h), {brooklyn}) == "ASSIGNMENT_OVERLAP");
  // A start that was "now" when sent is not backdated.
  auto now = rules.placed({placing(brooklyn, morning - 24h), helping_out()});
  CHECK(rules.answer(now, placing(chicago, morning - 1min)) == "done");
  CHECK(rules.answer(now, placing(chicago, morning - 1min - 1us)) == exceeds);
}

TEST_CASE("Security: placements: what is not remembered may be another shop's") {
  shop_rules rules;
  auto state = ann();
  state.placements_since = morning - 48h;
  CHECK(rules.answer(state, placing(chicago, morning - 48h - 1us, morning - 47h)) == exceeds);
  CHECK(rules.answer(state, placing(chicago, morning - 48h)) == "done");
  CHECK(rules.answer(state, placing(chicago, morning - 49h, morning - 49h)) == "done");
  CHECK(rules.when(state, placing(chicago, morning - 49h), morning).has_value());
}

TEST_CASE("Security: placements: what was taken away on the way is missing when it is decided [S86-F4]") {
  shop_rules rules;
  auto state = rules.placed({primary_at(brooklyn, morning - 24h), helping_out()});
  auto refused = [&](const auto& command, const holder& who, std::vector<location_uuid> covered) {
    auto result = rules.asked(state, command, std::move(covered), who);
    return result ? "done" : result.error().code;
  };
  holder of_chicago{{chicago}}, of_both{{brooklyn, chicago}}, of_none{{}};
  auto next = primary_at(chicago, morning + 1h);
  auto change = changing(state.placements[0]);
  change.is_primary = false;
  CHECK(refused(next, of_both, {brooklyn, chicago}) == "done");
  CHECK(refused(next, of_chicago, {brooklyn, chicago}) == exceeds);
  CHECK(refused(next, of_both, {chicago}) == exceeds);
  CHECK(refused(next, of_none, {brooklyn, chicago}) == "ACCESS_DENIED");
  CHECK(of_both.asked == std::set<std::string, std::less<>>{"people:location_assignment:create"});
  of_both.asked.clear();
  CHECK(refused(change, of_both, {brooklyn}) == "done");
  CHECK(refused(ending(state.placements[0]), of_both, {brooklyn}) == "done");
  CHECK(of_both.asked == std::set<std::string, std::less<>>{"people:location_assignment:update"});
  for (const auto* who : {&of_chicago, &of_none}) {
    CHECK(refused(change, *who, {brooklyn}) == "ACCESS_DENIED");
    CHECK(refused(ending(state.placements[0]), *who, {brooklyn}) == "ACCESS_DENIED");
  }
}

TEST_CASE("Security: acting caller: holds what is shown at that instant; who is not shown, nothing") {
  authorized_users users;
  role_catalog roles;
  role_uuid manager{numbered(30)};
  constexpr own_permission update = "people:location_assignment:update";
  roles.add({manager, "MANAGER", {}, {scope_type::location}, {std::string{update.key()}}, {}, {}, 1});
  auto ctx = at(morning);
  auto holds = [&](own_permission permission, location_uuid place, timestamp now = morning) {
    return shown_caller{users, ctx, now}.holds(permission, place, roles);
  };
  CHECK_FALSE(holds(update, brooklyn));
  authorized_user ann{ann_user, ann_person, true, {{{}, manager, brooklyn, morning - 1h, morning + 1h}}};
  users.put(ctx.tenant, std::make_shared<const authorized_user>(ann));
  shown_caller earlier{users, ctx, morning};
  CHECK(earlier.holds(update, brooklyn, roles));
  CHECK_FALSE(holds(update, brooklyn, morning + 1h));
  CHECK_FALSE(holds(update, chicago));
  CHECK_FALSE(holds("people:location_assignment:create", brooklyn));
  ann.active = false;
  users.put(ctx.tenant, std::make_shared<const authorized_user>(ann));
  CHECK_FALSE(holds(update, brooklyn));
  // A decision uses one snapshot, whose version its commit names.
  CHECK(earlier.holds(update, brooklyn, roles));
  CHECK(earlier.decided_by()->active);
  ctx.kind = principal_kind::system;
  CHECK(holds(update, chicago));
}
