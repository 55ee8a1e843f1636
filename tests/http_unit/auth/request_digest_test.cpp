#include "http/routing/request_digest.hpp"

#include "common/text/digest.hpp"

#include <doctest/doctest.h>

using namespace musterd;

namespace {

http_request request(std::string path, std::string body) {
  http_request result;
  result.method = verb::post;
  REQUIRE(result.target.parse(std::move(path)));
  result.body = std::move(body);
  return result;
}

}  // namespace

TEST_CASE("request digest: tells requests apart, and nothing to who has no key") {
  request_key key{1, 2, 3}, other{1, 2, 4};
  auto digest = request_digest(request("/a", R"({"password":"x"})"), key);
  CHECK(digest == request_digest(request("/a", R"({"password":"x"})"), key));
  CHECK(digest != request_digest(request("/a", R"({"password":"y"})"), key));
  CHECK(digest != request_digest(request("/b", R"({"password":"x"})"), key));
  CHECK(digest != request_digest(request("/a?b=c", R"({"password":"x"})"), key));
  CHECK(digest != request_digest(request("/a", R"({"password":"x"})"), other));
  CHECK(digest != hex_digest({"POST", "/a", "", R"({"password":"x"})"}, 32));
}
