#include "domain/person/roles/authorized_users.hpp"
#include "tests/unit/person/person_fixture.hpp"

#include <doctest/doctest.h>

using namespace musterd;
using namespace musterd::testing;
using namespace std::chrono_literals;

namespace {

constexpr own_permission key = "people:employee:update", other_key = "people:user:terminate";
const role_uuid manager{numbered(70)};
const location_uuid brooklyn{numbered(71)}, chicago{numbered(72)};

/// Ann's request: admitted for `key` and decided at `morning`.
struct admitted_request {
  authorized_users users;
  role_catalog roles;
  request_context ctx;
  authorized_user shown{ann_user, ann_person, true, {}, {}};

  admitted_request() {
    roles.add(
        {manager, "M", {}, {scope_type::global, scope_type::location}, {std::string{key.key()}}, {}, {}, 1});
    ctx.actor = ann_user.value;
    ctx.admitted = admission{{}, {key}, false, false};
  }
  void hold(std::optional<location_uuid> place, timestamp until = timestamp::max()) {
    shown.grants.push_back({{numbered(73)}, manager, place.value_or(location_uuid{}), morning - 1h, until});
  }
  std::string verdict() {
    users.put(ctx.tenant, std::make_shared<const authorized_user>(shown));
    shown_caller caller{users, ctx, morning};
    auto result = caller.still_admitted(roles);
    return result ? "ok" : result.error().code;
  }
};

}  // namespace

TEST_CASE_FIXTURE(admitted_request, "admission: what was held everywhere has to be held everywhere still") {
  CHECK(verdict() == "ACCESS_DENIED");
  hold(brooklyn);
  CHECK(verdict() == "ACCESS_DENIED");
  hold({}, morning);
  CHECK(verdict() == "ACCESS_DENIED");
  hold({}, morning + 1us);
  CHECK(verdict() == "ok");
  ctx.admitted->everywhere = true;
  ctx.covered_shops = {brooklyn};
  CHECK(verdict() == "ok");
  ctx.admitted->any_of = {other_key};
  CHECK(verdict() == "ACCESS_DENIED");
  ctx.admitted->any_of = {other_key, key};
  CHECK(verdict() == "ok");
}

TEST_CASE_FIXTURE(admitted_request,
                  "admission: of several shops each counts, and one that is lost sends them back") {
  ctx.covered_shops = {brooklyn, chicago};
  CHECK(verdict() == "ACCESS_DENIED");
  hold(brooklyn);
  CHECK(verdict() == "UNAVAILABLE");
  hold(chicago);
  CHECK(verdict() == "ok");
  ctx.admitted->everywhere = true;
  CHECK(verdict() == "ACCESS_DENIED");
}

TEST_CASE_FIXTURE(admitted_request, "admission: on one's own data the permission may be held anywhere") {
  ctx.admitted->on_self = true;
  ctx.covered_shops = {brooklyn};
  CHECK(verdict() == "ACCESS_DENIED");
  hold(chicago);
  CHECK(verdict() == "ok");
}

TEST_CASE_FIXTURE(admitted_request,
                  "admission: nobody is let in by a session that has ended, or kept out without one") {
  hold({});
  ctx.admitted->session = {numbered(74)};
  CHECK(verdict() == "UNAUTHENTICATED");
  shown.sessions = {{{numbered(74)}, morning}};
  CHECK(verdict() == "UNAUTHENTICATED");
  shown.sessions = {{{numbered(75)}, timestamp::max()}, {{numbered(74)}, morning + 1us}};
  CHECK(verdict() == "ok");
  ctx.admitted->any_of.clear();
  CHECK(verdict() == "ok");
  shown.active = false;
  CHECK(verdict() == "ACCOUNT_DISABLED");
  // The system's own requests were never admitted, so nothing is checked.
  ctx.admitted.reset();
  CHECK(verdict() == "ok");
}

TEST_CASE_FIXTURE(admitted_request,
                  "admission: whose record is not awake is let in for their own data alone") {
  auto unseen = [&] {
    shown_caller caller{users, ctx, morning};
    auto result = caller.still_admitted(roles);
    return result ? "ok" : result.error().code;
  };
  CHECK(unseen() == "CALLER_ASLEEP");
  CHECK_FALSE(shown_caller{users, ctx, morning}.holds(key, {}, roles));
  ctx.admitted->on_self = true;
  CHECK(unseen() == "ok");
  ctx.admitted = admission{};
  CHECK(unseen() == "ok");
}

TEST_CASE_FIXTURE(admitted_request,
                  "admission: a commit goes by the record that let the caller in, but for their own data") {
  hold({});
  for (bool on_self : {false, true}) {
    ctx.admitted->on_self = on_self;
    users.put(ctx.tenant, std::make_shared<const authorized_user>(shown));
    shown_caller caller{users, ctx, morning};
    REQUIRE(caller.still_admitted(roles).has_value());
    CHECK((caller.decided_by() == nullptr) == on_self);
  }
}
