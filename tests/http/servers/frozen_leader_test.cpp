#include "tests/http/servers/second_server.hpp"

#include <fmt/format.h>

#include <csignal>

/// A node that is frozen (a stopped process, a paused virtual machine) keeps its sessions at the database,
/// and thinks that it leads.
namespace musterd::testing {
namespace {

/// Empty if nobody does.
std::string who_schedules(company_server& at) {
  return text_of(at.db(),
                 "SELECT holder FROM cluster.lease WHERE role = 'offboarding' AND until > clock_timestamp()");
}

class frozen {
 public:
  explicit frozen(company_server& whom) : whom_{whom} { whom_.process().signal(SIGSTOP); }
  ~frozen() { whom_.process().signal(SIGCONT); }
  frozen(const frozen&) = delete;
  frozen& operator=(const frozen&) = delete;

 private:
  company_server& whom_;
};

}  // namespace

TEST_CASE("standby: who schedules offboarding is frozen, and another node does it; both say how late it is") {
  company_server leader;
  auto ann = leader.new_mechanic();
  REQUIRE(ann->clock_in().status == 201);
  REQUIRE(becomes_true(patience, [&] { return !who_schedules(leader).empty(); }));
  auto first = who_schedules(leader);
  second_server other{leader};
  auto late = [&] { return metric(other.client().get("/metrics").body, "offboarding_oldest_due_seconds"); };
  auto owner = other.client();
  owner.use_token(text_at(other.sign_in("demo.owner", leader.password_of("demo.owner")), "/accessToken"));
  auto forced_out = [&] {
    return number_of(leader.db(),
                     fmt::format("SELECT count(*) FROM people.clock_session WHERE person_id = '{}' "
                                 "AND status = 'CLOSED' AND forced_stop_reason = 'USER_DISABLED'",
                                 ann->person_id));
  };
  {
    frozen while_it_leads{leader};
    REQUIRE(owner.post("/api/people/users/" + ann->user_id + "/disable", "{}").status == 200);
    CHECK(becomes_true(patience, [&] { return late() > 1; }));
    CHECK(becomes_true(patience, [&] { return forced_out() == 1; }));
    CHECK(becomes_true(patience, [&] { return late() == 0; }));
  }
  CHECK(becomes_true(patience, [&] {
    auto ready = leader.client().try_send("GET", "/health/ready");
    return ready && ready->status == 200;
  }));
  auto second = who_schedules(leader);
  CHECK_FALSE(second.empty());
  CHECK(second != first);
}

}  // namespace musterd::testing
