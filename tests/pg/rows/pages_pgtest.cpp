#include "persistence/find/access/find_users.hpp"

#include "persistence/sql/dynamic_query.hpp"
#include "tests/pg/rows/time_clock_rows.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <set>

/// Lists, page by page.
namespace musterd::testing {
namespace {

/// People of a tenant, written as rows; the first of each name has a user of that name.
struct crowd : migrated_database {
  person_uuid add(const std::string& last_name, const std::string& first_name = "Pat",
                  const std::string& status = "ACTIVE", const std::string& user_status = "ACTIVE") {
    auto id = person_uuid::generate();
    run(fmt::format(
        "INSERT INTO people.person VALUES ('{0}', '{1}', '{2}', '{3}', '{3}@shop.test', '{4}', now(), "
        "NULL, now(), now(), 1)",
        to_string(tenant), to_string(id), first_name, last_name, status));
    run(fmt::format(
        "INSERT INTO security.app_user VALUES ('{}', '{}', '{}', 'u-{}', NULL, NULL, '{}', now(), "
        "NULL, now(), now(), 1) ON CONFLICT DO NOTHING",
        to_string(tenant), to_string(user_uuid::generate()), to_string(id), last_name, user_status));
    return id;
  }
  page<person> persons(const page_limits& limits, const person_filter& wanted = {}) {
    pqxx::nontransaction tx{db()};
    return find_persons(tx, tenant, people_scope::everybody(), wanted, limits);
  }
  page<user_view> users(const page_limits& limits, const user_filter& wanted = {}) {
    pqxx::nontransaction tx{db()};
    return find_users(tx, tenant, people_scope::everybody(), wanted, limits);
  }
  std::string names(const person_filter& wanted) {
    std::string result;
    for (const auto& p : persons({}, wanted).items)
      result += (result.empty() ? "" : " ") + p.last_name;
    return result;
  }
  std::string usernames(const user_filter& wanted) {
    std::string result;
    for (const auto& u : users({}, wanted).items)
      result += (result.empty() ? "" : " ") + u.username;
    return result;
  }
  void run(const std::string& sql) { pqxx::nontransaction{db()}.exec(sql); }
};

/// A list item that is long.
struct volume {
  std::string title, text;
};
BOOST_DESCRIBE_STRUCT(volume, (), (title, text))

/// Seven of 1.5 million bytes, except the fourth: eight million.
const list_statement volumes{"volumes", R"(
    SELECT v::text AS title, repeat('x', CASE v WHEN 4 THEN 8000000 ELSE 1500000 END) AS text
    FROM generate_series(1, 7) v WHERE $1::uuid IS NOT NULL)",
                             list_order{{{"title", list_order::kind::text}}}};

}  // namespace

TEST_CASE("pages: one ends with the item that makes it 4 MiB; the walk goes on behind it, and has everything "
          "once") {
  crowd c;
  pqxx::nontransaction tx{c.db()};
  std::vector<std::string> pages;
  page_limits limits{0, 100};
  do {
    auto found = volumes.read<volume>(tx, c.tenant, limits);
    CHECK(found.page_index == static_cast<std::int64_t>(pages.size()));
    CHECK(found.total_count == 7);
    auto& titles = pages.emplace_back();
    for (const auto& v : found.items)
      titles += v.title;
    limits.token = found.next_page_token;
    REQUIRE(pages.size() < 10);
  } while (limits.token);
  CHECK(pages == std::vector<std::string>{"123", "4", "567"});
  limits = {0, 2};
  CHECK(volumes.read<volume>(tx, c.tenant, limits).items.size() == 2);
}

TEST_CASE("pages: a walk by token meets everybody once who was there all the while") {
  crowd c;
  std::set<std::string> there;
  for (int i = 0; i < 20; ++i)
    there.insert(to_string(c.add(fmt::format("M{:02}", i / 2))));  // two of each name
  std::multiset<std::string> met;
  page_limits limits{0, 3};
  int pages = 0;
  for (bool more = true; more; ++pages) {
    auto found = c.persons(limits);
    CHECK(found.page_index == pages);
    for (const auto& p : found.items)
      if (there.contains(to_string(p.person_id)))
        met.insert(to_string(p.person_id));
    // Before, among and after what was shown.
    c.add("A");
    c.add(found.items.back().last_name, "Al");
    if (pages < 3)
      c.add("Z");
    limits.token = found.next_page_token;
    more = limits.token.has_value();
    REQUIRE(pages < 50);
  }
  CHECK(std::vector(met.begin(), met.end()) == std::vector(there.begin(), there.end()));
  CHECK(pages > 7);
}

TEST_CASE("pages: counting stops at its limit and says so") {
  crowd c;
  for (const auto* name : {"A", "B", "C", "D"})
    c.add(name);
  page_limits limits{0, 2, {}, 3};
  auto cut = c.persons(limits);
  CHECK(cut.total_count == 3);
  CHECK_FALSE(cut.total_is_exact);
  limits.token = cut.next_page_token;
  auto second = c.persons(limits);
  CHECK(second.items.size() == 2);
  CHECK(second.items.back().last_name == "D");
  CHECK_FALSE(second.next_page_token.has_value());
  CHECK_FALSE(second.total_is_exact);
  limits = {0, 2, {}, 4};
  auto whole = c.persons(limits);
  CHECK(whole.total_count == 4);
  CHECK(whole.total_is_exact);
}

TEST_CASE("pages: a token is of use for its own list only") {
  crowd c;
  for (const auto* name : {"A", "B", "C"})
    c.add(name);
  auto token = *c.persons({0, 1}).next_page_token;
  auto refused = [&](const std::string& given) {
    CAPTURE(given);
    CHECK_THROWS_AS(c.persons({0, 1, given}), page_token_refused);
  };
  CHECK(c.persons({0, 1, token}).items.front().last_name == "B");
  CHECK_THROWS_AS(c.users({0, 1, token}), page_token_refused);
  refused("");
  refused("7");
  refused("next");
  refused(token.substr(2));
  refused(token.substr(0, token.size() - 2));
  refused(token + "00");
  auto forged = [](std::string_view place) { return page_token("persons_by_name", {1, std::string{place}}); };
  refused(forged(R"(["A","Pat"])"));
  refused(forged(R"(["A","Pat",7])"));
  refused(forged(R"(["A","Pat","me"])"));
  refused(forged(R"(["A","Pa\u0000t","01941f29-7c00-7000-8000-000000000001"])"));
}

TEST_CASE("pages: what a token says is read by PostgreSQL, or refused") {
  const list_order order{{{"t", list_order::kind::instant},
                          {"d", list_order::kind::date},
                          {"i", list_order::kind::id},
                          {"n", list_order::kind::text}}};
  constexpr auto id = "01941f29-7c00-7000-8000-000000000001";
  auto place = [](std::string_view instant, std::string_view date, std::string_view of) {
    return fmt::format(R"(["{}","{}","{}","\ud83d\ude00 \"x\""])", instant, date, of);
  };
  crowd c;
  for (const auto* instant : {"2026-01-01T00:00:00+23:59", "2026-01-01t00:00:00.123456789-23:59",
                              "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999z"})
    for (const auto* date : {"0001-01-01", "9999-12-31"}) {
      auto given = page_token("l", {1, place(instant, date, "01941F29-7C00-7000-8000-000000000001")});
      auto behind = read_page_token(given, "l", order).behind;
      CAPTURE(behind);
      pqxx::nontransaction tx{c.db()};
      auto row = run_query(tx,
                           "SELECT ($1::jsonb ->> 0)::timestamptz, ($1::jsonb ->> 1)::date::text,"
                           " ($1::jsonb ->> 2)::uuid, $1::jsonb ->> 3",
                           {behind})[0];
      CHECK(row[1].as<std::string>() == date);
      CHECK(row[2].as<std::string>() == id);
      CHECK(row[3].as<std::string>() == "\xf0\x9f\x98\x80 \"x\"");
    }
  for (const auto& wrong :
       {place("2026-01-01T00:00:00", "2026-01-01", id), place("0000-12-31T23:59:59Z", "2026-01-01", id),
        place("2026-01-01T00:00:00Z", "0000-01-01", id), place("2026-01-01T00:00:00Z", "2026-01-01", "x")})
    CHECK_THROWS_AS(read_page_token(page_token("l", {1, wrong}), "l", order), page_token_refused);
}

TEST_CASE("pages: a token's page number is one that can be gone on from") {
  crowd c;
  for (const auto* name : {"A", "B", "C"})
    c.add(name);
  auto from = [&](std::int64_t index) {
    return c.persons(
        {0, 1,
         page_token("persons_by_name", {index, R"(["A","Pat","01941f29-7c00-7000-8000-000000000001"])"})});
  };
  CHECK(from(7).page_index == 7);
  for (auto index : {std::int64_t{0}, std::int64_t{-1}, std::numeric_limits<std::int64_t>::max()})
    CHECK_THROWS_AS(from(index), page_token_refused);
}

TEST_CASE("pages: parts of names are taken literally, in any case") {
  crowd c;
  c.add("Miller_x", "Joan");
  c.add("Millerax", "John");
  c.add("O%Hara", "Bo");
  CHECK(c.names({"MILLER", false}) == "Miller_x Millerax");
  CHECK(c.names({"er_x", false}) == "Miller_x");
  CHECK(c.names({"an mil", false}) == "Miller_x");
  CHECK(c.names({"%", false}) == "O%Hara");
  CHECK(c.names({"HARA@SHOP", false}) == "O%Hara");
  CHECK(c.names({"\\", false}).empty());
  CHECK(c.usernames({"joan", {}, false}) == "u-Miller_x");
  CHECK(c.usernames({"U-MILLERA", {}, false}) == "u-Millerax");
  CHECK(c.usernames({"bo", {}, false}) == "u-O%Hara");
  CHECK(c.usernames({"_", {}, false}) == "u-Miller_x");
}

TEST_CASE("pages: pickers that ask for eligible people get no others [S90-R5]") {
  crowd c;
  c.add("Active");
  c.add("Disabled", "Pat", "DISABLED", "DISABLED");
  c.add("Ghost", "Pat", "DISABLED", "ACTIVE");
  c.add("Locked", "Pat", "ACTIVE", "DISABLED");
  c.add("Terminated", "Pat", "TERMINATED", "TERMINATED");
  c.run("DELETE FROM security.app_user WHERE username = 'u-Terminated'");
  CHECK(c.names({{}, true}) == "Active");
  CHECK(c.names({"Pat", true}) == "Active");
  CHECK(c.usernames({{}, {}, true}) == "u-Active");
  CHECK(c.usernames({"pat", {}, true}) == "u-Active");
  CHECK(c.names({}) == "Active Disabled Ghost Locked Terminated");
}

}  // namespace musterd::testing
