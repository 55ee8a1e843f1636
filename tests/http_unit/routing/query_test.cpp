#include "http/routing/query.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace musterd;

namespace {

enum class colour { red, dark_green };
BOOST_DESCRIBE_ENUM(colour, red, dark_green)

http_request asking(std::string_view query) {
  http_request request;
  REQUIRE(request.target.parse(std::string{"/x?"}.append(query)));
  return request;
}

}  // namespace

TEST_CASE("query: values of every kind are read") {
  auto request = asking("n=-3&on=2026-02-28&at=2026-01-11T14:00:00Z&id=0190aaaa-0000-7000-8000-000000000001"
                        "&c=DARK_GREEN&b=true&s=a%20b");
  query_reader query{request};
  CHECK(query.get<int>("n") == -3);
  CHECK(query.get<local_date>("on") == local_date{std::chrono::year{2026} / 2 / 28});
  CHECK(query.get<timestamp>("at").has_value());
  CHECK(query.require<person_uuid>("id").value == *uuid::parse("0190aaaa-0000-7000-8000-000000000001"));
  CHECK(query.get<colour>("c") == colour::dark_green);
  CHECK(query.get<bool>("b") == true);
  CHECK(query.get<std::string>("s") == "a b");
  CHECK(!query.get<int>("missing").has_value());
  CHECK(query.check().has_value());
}

TEST_CASE("query: everything that is wrong is said at once") {
  auto request = asking("n=1x&on=2026-02-30&c=BLUE&n2=1&n2=2&id=7");
  query_reader query{request};
  query.get<int>("n");
  query.get<local_date>("on");
  query.get<colour>("c");
  query.get<int>("n2");
  query.require<person_uuid>("id");
  query.require<int>("needed");
  auto result = query.check();
  REQUIRE(!result.has_value());
  std::vector<std::string> fields;
  for (const auto& e : result.error().field_errors)
    fields.push_back(e.field);
  CHECK(fields == std::vector<std::string>{"n", "on", "c", "n2", "id", "needed"});
  CHECK(result.error().field_errors[2].message == "c must be one of RED, DARK_GREEN.");
}

TEST_CASE("query: pages have defaults and bounds [D-5]") {
  auto none = asking("");
  CHECK(query_reader{none}.page().size == 20);
  auto given = asking("pageIndex=3&pageSize=100");
  CHECK(query_reader{given}.page().index == 3);
  for (auto bad : {"pageSize=0", "pageSize=101", "pageIndex=-1", "pageIndex=99999999999", "pageSize=x"}) {
    auto request = asking(bad);
    query_reader query{request};
    query.page();
    CHECK_MESSAGE(!query.check().has_value(), bad);
  }
}

TEST_CASE("query: a target with more than 64 values is no target, so that none of them is looked at") {
  auto with = [](int values) {
    std::string target = "/ping?";
    for (int i = 0; i < values; ++i)
      target += fmt::format("a{}&", i);
    return target;
  };
  http_request request;
  CHECK(request.target.parse(with(64)));
  CHECK(!request.target.parse(with(65)));
  CHECK(!request.target.parse(with(5'000)));
  CHECK(request.target.query().size() == 64);
}

TEST_CASE("query: twenty unknown names are said, the others are counted") {
  std::string names = "known=1&a0=again";
  for (int i = 0; i < 30; ++i)
    names += fmt::format("&a{}", i);
  route_docs docs{.name = "x", .query = {{.name = "known"}}};
  auto result = check_query_names(asking(names), docs);
  REQUIRE(result.has_error());
  CHECK(result.error().field_errors.size() == 20);
  CHECK(result.error().details->text == R"({"moreFieldErrors":10})");
}
