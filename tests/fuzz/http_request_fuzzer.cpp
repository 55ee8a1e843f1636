#include "common/text/text.hpp"
#include "http/message/text.hpp"
#include "http/transport/request_parser.hpp"
#include "tests/fuzz/property.hpp"

#include <boost/beast/http/error.hpp>
#include <fmt/format.h>

#include <algorithm>

using namespace musterd;
using fuzz::require;

namespace {

constexpr std::size_t most_header_bytes = 1024, most_body_bytes = 64;
/// Near the header limit Beast counts a few bytes more or less, depending on how they arrive.
constexpr std::size_t nearly = 16;

struct reading {
  http_request request;
  forwarding_headers forwarding;
  bool complete = false;
  std::size_t used = 0;
};

/// Like a session: unused bytes come again with `step` more.
reading read_in_steps(std::string_view text, std::size_t step) {
  reading result;
  request_parser parser{result.request, [](const http_request&) { return most_body_bytes; }};
  parser.eager(true);
  parser.header_limit(most_header_bytes);
  parser.body_limit(most_body_bytes);
  for (std::size_t end = 0; end < text.size() && !parser.is_done();) {
    end = std::min(end + step, text.size());
    boost::beast::error_code error;
    result.used += parser.read(text.substr(result.used, end - result.used), error);
    if (error && error != boost::beast::http::error::need_more)
      return result;
  }
  result.complete = parser.is_done();
  result.forwarding = parser.forwarding();
  return result;
}

std::string encoded(std::string_view text) {
  std::string result;
  for (unsigned char c : text)
    result += fmt::format("%{:02x}", c);
  return result;
}

std::string written(const http_request& r) {
  std::string target;
  for (std::size_t i = 0; i < r.target.segment_count(); ++i)
    target += "/" + encoded(r.target.segment(i));
  for (const auto& q : r.target.query())
    target +=
        fmt::format("{}{}={}", &q == r.target.query().data() ? '?' : '&', encoded(q.name), encoded(q.value));
  auto method = r.method == verb::other ? std::string_view{"PURGE"} : verb_name(r.method);
  return fmt::format("{} {} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{}", method, target,
                     r.body.size(), r.body);
}

bool same(const http_request& a, const http_request& b) {
  auto pair_equal = [](const auto& x, const auto& y) { return x.name == y.name && x.value == y.value; };
  const auto &p = a.target.query(), &q = b.target.query();
  return a.method == b.method && a.target.path() == b.target.path() &&
         a.target.segment_count() == b.target.segment_count() && a.body == b.body &&
         std::equal(p.begin(), p.end(), q.begin(), q.end(), pair_equal);
}

/// Number of header lines that begin with `beginning`.
std::ptrdiff_t lines_with(std::string_view header, std::string_view beginning) {
  std::ptrdiff_t count = 0;
  for (auto at = header.find('\n'); at != header.npos; at = header.find('\n', at + 1))
    count += equals_ignoring_case(header.substr(at + 1, beginning.size()), beginning);
  return count;
}

void check_request(const reading& read, std::string_view text) {
  const auto& r = read.request;
  auto header = text.substr(0, text.find("\r\n\r\n"));
  // Beast applies the limit to the request line, and then again to the fields.
  require(header.size() <= 2 * most_header_bytes && r.body.size() <= most_body_bytes, "limits hold");
  require(lines_with(header, " ") + lines_with(header, "\t") == 0, "no line is folded");
  auto lengths = lines_with(header, "Content-Length:"), codings = lines_with(header, "Transfer-Encoding:");
  require(lengths + codings <= 1, "the body's length is said once");
  require(r.body.empty() || lengths + codings == 1, "a body has a length");
  require(lines_with(header, "Host:") <= 1, "the host is said once");
  require(is_utf8(r.target.path()) && is_printable_ascii(r.user_agent), "what is logged can be read");
  require(is_printable_ascii(r.correlation_id) && r.correlation_id.size() <= 128, "ids are plain");
  require(!r.idempotency_key || (is_printable_ascii(*r.idempotency_key) && r.idempotency_key->size() <= 255),
          "keys are plain");
  auto again = read_in_steps(written(r), most_header_bytes);
  require(written(r).size() > most_header_bytes || (again.complete && same(again.request, r)),
          "a request survives writing");
  static const std::vector trusted{*address_block::parse("10.0.0.0/8"), *address_block::parse("fd00::/8")};
  auto client = client_address("10.0.0.1", read.forwarding, trusted);
  require(parse_address(client) && plain_address(client) == client,
          "the client is an address, in its one form");
}

}  // namespace

/// The bytes of a connection up to the end of its first request; the first byte is their step size.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0)
    return 0;
  auto text = fuzz::text_of(data + 1, size - 1);
  auto whole = read_in_steps(text, text.size()), parts = read_in_steps(text, 1 + data[0] % 64u);
  bool at_limit = text.size() > most_header_bytes - nearly;
  require(whole.complete == parts.complete || at_limit, "how the bytes arrive decides nothing");
  if (!whole.complete || !parts.complete)
    return 0;
  require(whole.used == parts.used && same(whole.request, parts.request),
          "how the bytes arrive changes nothing");
  check_request(whole, text.substr(0, whole.used));
  return 0;
}
