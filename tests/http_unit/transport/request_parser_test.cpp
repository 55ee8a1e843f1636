#include "http/transport/request_parser.hpp"

#include <boost/beast/http/error.hpp>
#include <doctest/doctest.h>

#include <numeric>

using namespace musterd;

namespace {

/// Parses a request that arrives in parts ending at `ends`; returns its body, or nothing if it is refused.
std::optional<std::string> body_of(std::string_view text, const std::vector<std::size_t>& ends) {
  http_request request;
  request_parser parser{request, [](const http_request&) { return 1024; }};
  parser.eager(true);
  std::size_t used = 0;
  for (auto end : ends) {
    boost::beast::error_code error;
    used += parser.read(text.substr(used, end - used), error);
    if (error && error != boost::beast::http::error::need_more)
      return std::nullopt;
  }
  return parser.is_done() ? std::optional{request.body} : std::nullopt;
}

std::optional<std::string> body_of(std::string_view text, std::size_t first_part) {
  return body_of(text, std::vector{first_part, text.size()});
}

}  // namespace

TEST_CASE("parser: a folded line is refused wherever the request is cut") {
  for (std::string_view text : {"GET /x HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\nD: e\r\n\r\n",
                                "GET /x HTTP/1.1\r\nHost: x\r\n\ty\r\nD: e\r\n\r\n",
                                "GET /x HTTP/1.1\r\n Host: x\r\nHost: x\r\n\r\n"})
    for (std::size_t cut = 1; cut < text.size(); ++cut) {
      CAPTURE(cut);
      CHECK_FALSE(body_of(text, cut).has_value());
    }
}

TEST_CASE("parser: a body may have lines that begin with blanks, wherever the request is cut") {
  std::string body = "{\n  \"a\": [\r\n\t1]\r\n\r\n }";
  auto text =
      "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  for (std::size_t cut = 1; cut < text.size(); ++cut) {
    CAPTURE(cut);
    CHECK(body_of(text, cut) == body);
  }
}

TEST_CASE("parser: chunks that come byte by byte are one body, be it empty") {
  std::string head = "POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const auto& [chunks, body] :
       {std::pair{"0\r\n\r\n", ""}, std::pair{"0\r\nA: b\r\n\r\n", ""}, std::pair{"1\r\n{\r\n0\r\n\r\n", "{"},
        std::pair{"3\r\nabc\r\n1;x=y\r\nd\r\n0\r\n\r\n", "abcd"}}) {
    auto text = head + chunks;
    std::vector<std::size_t> ends(text.size());
    std::iota(ends.begin(), ends.end(), std::size_t{1});
    CHECK(body_of(text, ends) == body);
  }
}
