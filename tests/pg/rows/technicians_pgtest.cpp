#include "persistence/find/find_technicians.hpp"

#include "tests/pg/rows/time_clock_rows.hpp"

#include <doctest/doctest.h>

namespace musterd::testing {
namespace {

/// People at the shops of a private database, written as rows.
struct roster : migrated_database {
  std::string add(const std::string& last_name, const std::string& person_status = "ACTIVE",
                  const std::string& user_status = {}) {
    auto id = to_string(uuid::generate());
    run(fmt::format("INSERT INTO people.person VALUES ('{}', '{}', 'Tess', '{}', NULL, '{}', now(), NULL, "
                    "now(), now(), 1)",
                    to_string(tenant), id, last_name, person_status));
    if (!user_status.empty())
      run(fmt::format(
          "INSERT INTO security.app_user VALUES ('{}', '{}', '{}', '{}', NULL, NULL, '{}', now(), "
          "NULL, now(), now(), 1)",
          to_string(tenant), to_string(uuid::generate()), id, id, user_status));
    return id;
  }
  void place(const std::string& person, location_uuid at, const std::string& from, const std::string& to,
             const std::string& role = "MECHANIC", bool primary = false) {
    run(fmt::format("INSERT INTO people.location_assignment VALUES ('{}', '{}', '{}', '{}', '{}', {}, '{}', "
                    "{}, now(), now(), '{}', '{}', NULL, 1)",
                    to_string(tenant), to_string(uuid::generate()), person, to_string(at), role, primary,
                    from, to.empty() ? "NULL" : "'" + to + "'", person, person));
  }
  page<available_technician> listed(timestamp at, page_limits limits = {}) {
    pqxx::work tx{db()};
    return find_available_technicians(tx, tenant, people_scope::everybody(), shop, at, limits);
  }
  std::string names(timestamp at) {
    std::string result;
    for (const auto& t : listed(at).items)
      result += (result.empty() ? "" : " ") + t.last_name;
    return result;
  }
  void run(const std::string& sql) { pqxx::nontransaction{db()}.exec(sql); }
};

}  // namespace

TEST_CASE("technicians: who is active and placed at the shop at that instant, by name") {
  roster r;
  constexpr auto eight = "2026-01-11 08:00Z", noon = "2026-01-11 12:00Z";
  r.place(r.add("Zoe"), r.shop, eight, "");
  r.place(r.add("Active", "ACTIVE", "ACTIVE"), r.shop, eight, noon);
  r.place(r.add("Later"), r.shop, noon, "");
  r.place(r.add("Elsewhere"), r.other_shop, eight, "");
  r.place(r.add("Never"), r.shop, eight, eight);
  r.place(r.add("Disabled", "DISABLED", "DISABLED"), r.shop, eight, "");
  r.place(r.add("Terminated", "TERMINATED"), r.shop, eight, "");
  r.place(r.add("Locked", "ACTIVE", "DISABLED"), r.shop, eight, "");
  r.place(r.add("Ghost", "DISABLED", "ACTIVE"), r.shop, eight, "");
  CHECK(r.names(at_hour(7, 59)).empty());
  CHECK(r.names(at_hour(8)) == "Active Zoe");
  CHECK(r.names(at_hour(11, 59)) == "Active Zoe");
  CHECK(r.names(at_hour(12)) == "Later Zoe");
  auto second = r.listed(at_hour(8), {1, 1});
  CHECK(second.total_count == 2);
  REQUIRE(second.items.size() == 1);
  CHECK(second.items[0].last_name == "Zoe");
  pqxx::work tx{r.db()};
  CHECK(find_available_technicians(tx, tenant_uuid::generate(), people_scope::everybody(), r.shop, at_hour(8),
                                   {})
            .total_count == 0);
}

TEST_CASE("technicians: one line for each person, with roles and what runs") {
  roster r;
  auto ann = r.add("Ann");
  r.place(ann, r.shop, "2026-01-01", "", "WELDER");
  r.place(ann, r.shop, "2026-01-01", "", "MECHANIC", true);
  std::string order = "WO-4711";
  auto timer = [&](const std::string& status, const std::string& end, int seconds) {
    r.run(fmt::format("INSERT INTO workexec.job_timer VALUES ('{}', '{}', '{}', '{}', NULL, '{}', '{}', "
                      "'2026-01-11 08:00Z', {}, {}, false, NULL, now(), now(), 1)",
                      to_string(r.tenant), to_string(uuid::generate()), ann, order, to_string(r.shop), status,
                      end, seconds == 0 ? "NULL" : std::to_string(seconds)));
  };
  auto one = r.listed(at_hour(8)).items.at(0);
  CHECK(to_string(one.person_id) == ann);
  CHECK(one.first_name == "Tess");
  CHECK(one.roles == std::vector<std::string>{"MECHANIC", "WELDER"});
  CHECK(one.is_primary);
  CHECK_FALSE(one.active_timer);
  timer("STOPPED", "'2026-01-11 08:01Z'", 60);
  CHECK_FALSE(r.listed(at_hour(8)).items.at(0).active_timer);
  timer("RUNNING", "NULL", 0);
  auto busy = r.listed(at_hour(8));
  REQUIRE(busy.items.size() == 1);
  REQUIRE(busy.items[0].active_timer);
  CHECK(busy.items[0].active_timer->work_order_id == order);
  CHECK(busy.items[0].active_timer->since == at_hour(8));
}

}  // namespace musterd::testing
