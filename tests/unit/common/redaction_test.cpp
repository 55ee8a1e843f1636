#include "common/text/redaction.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace musterd;

namespace {

constexpr auto token = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl";

std::string redacted_document(std::string_view json, field_names named) {
  return redacted_json(std::string{json}, named);
}

}  // namespace

TEST_CASE("redaction: card numbers go, whole and in groups") {
  for (std::string number :
       {"4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111", "4111.1111.1111.1111",
        "3782 822463 10005", "4222222222222", "4111 - 1111 - 1111 - 1111", "6304000000000000000",
        "4111\u00a01111\u00a01111\u00a01111", "4111\u20131111\u20131111\u20131111", "4111\n1111\n1111\n1111",
        "4111+1111+1111+1111", "4111\u200b1111\u2060 1111\ufeff1111"}) {
    CAPTURE(number);
    CHECK(redacted(number) == "***");
    CHECK(redacted("paid with " + number + ", thanks") == "paid with ***, thanks");
    CHECK(redacted("x" + number + "y") == "x***y");
    CHECK(redacted("5 " + number + " 12") == "5 *** 12");
  }
  CHECK(redacted("4111111111111111/5500005555555559") == "***/***");
}

TEST_CASE("redaction: other numbers, ids, instants and words stay") {
  for (auto text : {"4111111111111112", "411111111111", "41111111111111111111", "4111:1111:1111:1111",
                    "01941f29-7c00-70f8-a46e-463054111111", "41111111-1111-4111-8111-411111111111",
                    "2026-11-29T23:12:12.123Z", "security:tokens:read", "people:secret:view",
                    "www.example.org", "employees.management.settings", "example-shop.something.else",
                    "a basic law", "no bearer of news", "https://shop.example/a:b@c", "10:30 - 11:45", ""}) {
    CHECK(redacted(text) == text);
    CHECK_FALSE(holds_secret(text));
  }
}

TEST_CASE("redaction: digests and trace ids stay, whatever digits they have") {
  std::string digits = "e4222222222222";
  for (std::size_t size : {32, 64}) {
    auto digest = digits + std::string(size - digits.size(), 'a');
    CHECK(redacted(digest) == digest);
    CHECK(redacted("\"of\":\"" + digest + "\"") == "\"of\":\"" + digest + "\"");
    CHECK(redacted(digest + "a") != digest + "a");
  }
}

// Scanned in quadratic time, any of these would take hours.
TEST_CASE("redaction: megabytes that look like the beginning of secrets are read once") {
  for (std::string_view part :
       {"a: ", "a-", "://a", "bearer/", "password", "token ", "eya.", "eyaaaaaaaa-", "1 ", "'\"", "a="}) {
    CAPTURE(part);
    std::string text;
    while (text.size() < 4'000'000)
      text += part;
    CHECK_FALSE(holds_secret(text));
  }
}

TEST_CASE("redaction: tokens go, signed or not, wherever they stand") {
  for (auto around : {"{}", "x {} y", "\"{}\"", "t={}", "-{}", "({})"}) {
    auto text = fmt::format(fmt::runtime(around), token);
    CHECK_MESSAGE(redacted(text) == fmt::format(fmt::runtime(around), "***"), text);
  }
  CHECK(redacted("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4ifQ.") == "***");
  CHECK(redacted(std::string{"longer"} + token) == "longer***");
}

TEST_CASE("redaction: credentials go, whoever names them") {
  CHECK(redacted("Bearer 2YotnFZFEjr1zCsicMWpAA") == "Bearer ***");
  CHECK(redacted("/a/Bearer 2YotnFZFEjr1/b/Bearer 2YotnFZFEjr1/c") == "/a/Bearer ***");
  CHECK(redacted("bearer\t2YotnFZFEjr1zCsicMWpAA end") == "bearer\t*** end");
  CHECK(redacted("Authorization: Basic YW5uOnNlY3JldA==") == "Authorization: ***");
  CHECK(redacted("password=hunter2&next=1") == "password=***&next=1");
  for (auto name : {"pw", "Passwort", "access_key"})
    CHECK(redacted(fmt::format("{}=hunter2&next=1", name)) == fmt::format("{}=***&next=1", name));
  CHECK(redacted("client_secret = \"a b c\" z") == "client_secret = \"***\" z");
  CHECK(redacted("X-Api-Key: a b c\nnext") == "X-Api-Key: ***\nnext");
  CHECK(redacted(R"({"password":"ab\"cd","x":1})") == R"({"password":"***","x":1})");
  CHECK(redacted(R"(in {\"refreshToken\":\"abc\"})") == R"(in {\"refreshToken\":\"***\"})");
  CHECK(redacted("postgres://ann:p4ss@host/db") == "postgres://ann:***@host/db");
}

TEST_CASE("redaction: in a document names, texts and numbers at any depth, also behind escapes") {
  CHECK(redacted_document(
            R"({"a":4111111111111111,"b":["x\n4111\u00201111 1111 1111",{"c":4111111111111111.0}],"n":41})",
            field_names::ours) == R"({"a":"***","b":["x\n***",{"c":"***"}],"n":41})");
  CHECK(redacted_document(R"({"4111111111111111":1})", field_names::ours) == R"({"***":1})");
  auto of_ours = R"({"secretId":"01941f29-7c00-70f8-a46e-463054111111","tokens":2})";
  CHECK(redacted_document(of_ours, field_names::ours) == of_ours);
  CHECK(redacted_document(R"({"secretId":"1","deep":{"Card Number":{"x":1},"pin":0,"spin":0}})",
                          field_names::foreign) ==
        R"({"secretId":"***","deep":{"Card Number":"***","pin":"***","spin":0}})");
  CHECK(redacted_document("not json, password=x", field_names::foreign) == "not json, password=***");
}
