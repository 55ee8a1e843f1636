#include "persistence/audit/find_audit_entries.hpp"
#include "tests/pg/audit/audit_rows.hpp"

#include <doctest/doctest.h>

#include <algorithm>

/// Entries at no real time: no list, export or verification skips them.
namespace musterd::testing {
namespace {

struct forged_company : audited_company {
  forged_company() { write_chain(3); }

  std::string forge(const std::string& time, const std::string& set = "'FORGED'") {
    return fmt::format(
        "INSERT INTO audit.entry SELECT tenant_id, gen_random_uuid(), category, {1}, '{0}', actor_type, "
        "actor_id, subject_type, subject_id, location_id, outcome, reason_code, correlation_id, "
        "client_address, user_agent, details, refs FROM audit.entry WHERE chain_seq = 1",
        time, set);
  }
  /// As was possible before the constraint.
  void forge_in_spite_of_all(const std::string& time) {
    tamper("ALTER TABLE audit.entry DROP CONSTRAINT IF EXISTS entry_at_a_time; " + forge(time));
  }
  static audit_conditions everything(tenant_uuid tenant) {
    return audit_conditions_of(tenant, {}, {held_places{true, {}}, held_places{true, {}}, true}).value();
  }
};

const std::vector<std::string> no_times{"infinity", "-infinity", "10000-01-01 00:00:00+00",
                                        "0044-03-15 00:00:00+00 BC"};

}  // namespace

TEST_CASE_FIXTURE(forged_company, "Security: no row of the trail stands at a time that nothing finds") {
  pqxx::connection server{rows.url()};
  for (const auto& time : no_times) {
    CAPTURE(time);
    CHECK_THROWS_AS(pqxx::nontransaction{server}.exec(forge(time)), pqxx::check_violation);
    for (const auto* statement :
         {"INSERT INTO audit.chain VALUES (gen_random_uuid(), gen_random_uuid(), '{}', '')",
          "INSERT INTO audit.personal_value VALUES (gen_random_uuid(), gen_random_uuid(), 'f', "
          "gen_random_uuid(), 's', 'v', '{}')",
          "INSERT INTO audit.export_job VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), "
          "'c', "
          "'CSV', '{{}}', 'DONE', 0, 0, 0, NULL, '{}', now(), 1)"})
      CHECK_THROWS_AS(pqxx::nontransaction{server}.exec(fmt::format(fmt::runtime(statement), time)),
                      pqxx::check_violation);
  }
  // Nor in months to come.
  pqxx::nontransaction{rows.db()}.exec("SELECT audit.make_partitions('2031-05-01', 2)");
  CHECK(rows.number("SELECT count(*) FROM pg_constraint WHERE conname = 'entry_at_a_time' AND conrelid = "
                    "'audit.entry_2031_06'::regclass") == 1);
  CHECK(findings().empty());
}

TEST_CASE_FIXTURE(forged_company, "Security: no row of the trail is too large to be read") {
  pqxx::connection server{rows.url()};
  auto huge = forge("9999-12-31 00:00:00+00");
  for (const auto* column : {", details,", ", correlation_id,", ", user_agent,", ", reason_code,"}) {
    CAPTURE(column);
    auto statement = huge;
    auto value = std::string_view{column} == ", details," ? "json_build_object('n', repeat('x', 70000000))"
                                                          : "repeat('x', 70000000)";
    statement.replace(statement.rfind(column), std::string_view{column}.size(), fmt::format(", {},", value));
    CHECK_THROWS_AS(pqxx::nontransaction{server}.exec(statement), pqxx::check_violation);
  }
  CHECK_THROWS_AS(pqxx::nontransaction{server}.exec(
                      "INSERT INTO audit.personal_value VALUES (gen_random_uuid(), gen_random_uuid(), 'f', "
                      "gen_random_uuid(), 's', repeat('x', 2000000), now())"),
                  pqxx::check_violation);
  CHECK(findings().empty());
}

TEST_CASE_FIXTURE(forged_company,
                  "Security: an entry at no time is found by every verification without that end") {
  for (const auto& time : no_times) {
    CAPTURE(time);
    forge_in_spite_of_all(time);
    CHECK(verify().problem_count == 1);
    CHECK(verify({rows.tenant, {}, {}}).problem_count == 1);
    auto is_early = time.starts_with('-') || time.ends_with("BC");
    auto now = wall_clock_now();
    CHECK(verify({rows.tenant, is_early ? std::nullopt : std::optional{now},
                  is_early ? std::optional{now} : std::nullopt})
              .problem_count == 1);
    tamper("DELETE FROM audit.entry WHERE event_type = 'FORGED'");
  }
  tamper("UPDATE audit.entry SET occurred_at = 'infinity' WHERE chain_seq = 2");
  CHECK(findings() == "CHANGED 2");
}

TEST_CASE_FIXTURE(forged_company,
                  "Security: a list shows entries that cannot be read, and goes on behind them") {
  for (int i = 0; i < 5; ++i) {
    forge_in_spite_of_all("infinity");
    forge_in_spite_of_all("-infinity");
  }
  tamper("UPDATE audit.entry SET outcome = 'SO_SO' WHERE chain_seq = 2");
  pqxx::nontransaction tx{rows.db()};
  audit_page_places places;
  std::vector<audit_entry_view> shown;
  page_limits limits{0, 1};
  for (int pages = 0; pages < 20; ++pages) {
    auto page = find_audit_entries(tx, everything(rows.tenant), true, limits, places, "r").value();
    REQUIRE(page.items.size() == 1);
    shown.push_back(page.items.front());
    if (!page.next_page_token)
      break;
    limits.token = page.next_page_token;
  }
  REQUIRE(shown.size() == 13);
  for (const auto& view : shown) {
    auto wanted =
        view.event_type == "FORGED" ? std::vector<std::string>{"occurredAt"} : std::vector<std::string>{};
    CHECK((view.altered_fields == wanted || view.altered_fields == std::vector<std::string>{"outcome"}));
    CHECK(find_audit_entry(tx, everything(rows.tenant), view.entry_id, true)->altered_fields ==
          view.altered_fields);
  }
  CHECK(std::ranges::count(shown, std::vector<std::string>{"outcome"}, &audit_entry_view::altered_fields) ==
        1);
}

}  // namespace musterd::testing
