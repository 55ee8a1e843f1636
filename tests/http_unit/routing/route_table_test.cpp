#include "http/routing/call.hpp"

#include <doctest/doctest.h>

#include <random>
#include <stdexcept>

using namespace musterd;

namespace {

request_target target(std::string_view text) {
  request_target result;
  REQUIRE(result.parse(text));
  return result;
}

void nothing(http_call&&) {}

std::string found(const route_table& on, std::string_view path, verb v = verb::get) {
  auto match = on.find(v, target(path));
  return match.found != nullptr ? match.found->path_template : std::string{match.allow};
}

}  // namespace

TEST_CASE("routes: a literal beats a parameter, and a dead end falls back to it") {
  route_table on;
  on.get("/a/{id}", access::open, nothing, {});
  on.get("/a/me", access::open, nothing, {});
  on.get("/a/me/x", access::open, nothing, {});
  on.get("/a/{id}/y", access::open, nothing, {});
  CHECK(found(on, "/a/me") == "/a/me");
  CHECK(found(on, "/a/7") == "/a/{id}");
  CHECK(found(on, "/a/me/x") == "/a/me/x");
  CHECK(found(on, "/a/me/y") == "/a/{id}/y");
  CHECK(found(on, "/a/me/z").empty());
  CHECK(found(on, "/a").empty());
}

TEST_CASE("routes: methods of one path are told apart, HEAD is GET, Allow lists them") {
  route_table on;
  on.get("/a/{id}", access::open, nothing, {.name = "read"});
  on.put("/a/{other}", access::open, nothing, {.name = "write"});
  CHECK(on.find(verb::put, target("/a/1")).found->docs.name == "write");
  CHECK(on.find(verb::head, target("/a/1")).found->docs.name == "read");
  auto refused = on.find(verb::post, target("/a/1"));
  CHECK(refused.found == nullptr);
  CHECK(refused.allow == "OPTIONS, GET, HEAD, PUT");
}

TEST_CASE("routes: the same place twice and bad templates are refused") {
  route_table on;
  on.get("/a/{id}", access::open, nothing, {});
  CHECK_THROWS_AS(on.get("/a/{name}", access::open, nothing, {}), std::logic_error);
  for (auto path : {"a", "/a/", "/{}", "/{a", ""})
    CHECK_THROWS_AS(on.get(path, access::open, nothing, {}), std::logic_error);
}

TEST_CASE("routes: law: every route is found at a path made from its own template") {
  std::mt19937 random{7};
  route_table on;
  std::vector<std::string> templates;
  for (int i = 0; i < 300; ++i) {
    std::string path;
    for (auto n = 1 + random() % 5; n > 0; --n)
      path += random() % 3 == 0 ? "/{p}" : "/" + std::string(1, static_cast<char>('a' + random() % 4));
    try {
      on.get(path, access::open, nothing, {});
      templates.push_back(path);
    } catch (const std::logic_error&) {  // drawn before
    }
  }
  for (const auto& path : templates) {
    auto concrete = path;
    for (auto at = concrete.find("{p}"); at != std::string::npos; at = concrete.find("{p}"))
      concrete.replace(at, 3, "value");  // no literal has this name
    CHECK(found(on, concrete) == path);
    CHECK(found(on, concrete + "/").empty());
  }
}

TEST_CASE("target: segments are decoded one by one, so that an encoded slash stays inside") {
  auto t = target("/a%2Fb/c%20d?x=1&y=a+b%26&empty&x=2");
  REQUIRE(t.segment_count() == 2);
  CHECK(t.segment(0) == "a/b");
  CHECK(t.segment(1) == "c d");
  REQUIRE(t.query().size() == 4);
  CHECK(t.query()[1].value == "a b&");
  CHECK(t.query()[2].value.empty());
  auto moved = std::move(t);
  CHECK(moved.segment(1) == "c d");
}

TEST_CASE("target: the form that proxies get is taken, the rest is refused") {
  CHECK(target("http://host:80/a/b").path() == "/a/b");
  CHECK(target("http://host").path() == "/");
  request_target t;
  for (auto bad : {"*", "host:80", "", "/%", "/%4", "/%g0", "/a%0Ab", "/?a=%00", "/%c0%80", "/%ed%a0%80",
                   "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17"})
    CHECK_MESSAGE(!t.parse(bad), bad);
  CHECK(t.parse("/caf%C3%A9"));
}
