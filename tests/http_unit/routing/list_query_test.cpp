#include "http/routing/list_query.hpp"

#include <doctest/doctest.h>

using namespace musterd;

namespace musterd::list_query_test {

enum class period { active, not_yet };
BOOST_DESCRIBE_ENUM(period, active, not_yet)

struct asked {
  person_uuid person_id;
  local_date from{};
  std::optional<std::string> search;
  period state = period::not_yet;
  bool open = true;
  std::int32_t most = 7;
  static constexpr std::array<std::string_view, 6> meanings{"a", "b", "c", "d", "e", "f"};
};
BOOST_DESCRIBE_STRUCT(asked, (), (person_id, from, search, state, open, most))
void validate(const asked& q, std::vector<field_error>& errors) {
  if (q.most > 9)
    errors.push_back({"most", "most must be at most 9."});
}

}  // namespace musterd::list_query_test

template <>
inline constexpr bool musterd::lower_case_in_urls<musterd::list_query_test::period> = true;

namespace {

using list_query_test::asked;
using list_query_test::period;

constexpr auto ann = "0190aaaa-0000-7000-8000-000000000001";

struct road {
  route_table table;
  const route* people = &table.get(
      "/people/{personId}/days", {}, [](http_call&&) {}, list_docs<asked, field_error>("listDays", "Days."));

  outcome<asked> of(const std::string& person, const std::string& query) {
    http_call call;
    REQUIRE(call.request.target.parse("/people/" + person + "/days?" + query));
    call.matched = people;
    return query_of<asked>(call);
  }
  std::vector<std::string> wrong(const std::string& person, const std::string& query) {
    auto result = of(person, query);
    REQUIRE(!result.has_value());
    std::vector<std::string> messages;
    for (const auto& e : result.error().field_errors)
      messages.push_back(e.message);
    return messages;
  }
};

}  // namespace

TEST_CASE("list query: members come from path and query string, or stay as they began") {
  road r;
  auto least = r.of(ann, "from=2026-03-01").value();
  CHECK(to_string(least.person_id) == ann);
  CHECK(to_string(least.from) == "2026-03-01");
  CHECK(!least.search.has_value());
  CHECK(least.state == period::not_yet);
  CHECK(least.open);
  CHECK(least.most == 7);
  auto all = r.of(ann, "from=2026-03-01&search=a%20b&state=active&open=false&most=9").value();
  CHECK(all.search == "a b");
  CHECK(all.state == period::active);
  CHECK(!all.open);
  CHECK(all.most == 9);
}

TEST_CASE("list query: everything that is wrong is said at once, before the struct's own rules") {
  road r;
  CHECK(r.wrong("7", "state=ACTIVE&open=1&most=x") ==
        std::vector<std::string>{"personId must be a UUID.", "from is required.",
                                 "state must be one of active, not_yet.", "open must be true or false.",
                                 "most must be an integer."});
  CHECK(r.wrong(ann, "from=2026-03-01&most=10") == std::vector<std::string>{"most must be at most 9."});
}

TEST_CASE("list query: the document says what the struct says, and of the path nothing twice") {
  road r;
  std::vector<std::string> names, required;
  for (const auto& q : r.people->docs.query) {
    names.push_back(q.name);
    if (q.required)
      required.push_back(q.name);
  }
  CHECK(names == std::vector<std::string>{"pageIndex", "pageToken", "pageSize", "from", "search", "state",
                                          "open", "most"});
  CHECK(required == std::vector<std::string>{"from"});
  schema_set none;
  CHECK(r.people->docs.query[5].schema(none) == R"({"type":"string","enum":["active","not_yet"]})");
}
