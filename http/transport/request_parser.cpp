#include "http/transport/request_parser.hpp"

#include "common/text/redaction.hpp"
#include "http/message/text.hpp"

#include <boost/beast/http/error.hpp>

#include <algorithm>

namespace musterd {
namespace {

namespace beast_http = boost::beast::http;
constexpr std::size_t max_correlation_id = 128;
constexpr std::size_t max_idempotency_key = 255;
constexpr std::size_t max_user_agent = 512;
constexpr std::size_t max_reserved_body = 64 * 1024;
/// A chunked body ends in at least "0\r
/// \r
/// ".
constexpr std::size_t shortest_end_of_chunks = 5;

verb to_verb(beast_http::verb v) {
  switch (v) {
    case beast_http::verb::get: return verb::get;
    case beast_http::verb::head: return verb::head;
    case beast_http::verb::post: return verb::post;
    case beast_http::verb::put: return verb::put;
    case beast_http::verb::patch: return verb::patch;
    case beast_http::verb::delete_: return verb::del;
    case beast_http::verb::options: return verb::options;
    default: return verb::other;
  }
}

/// The user agent is logged and stored: it must not break a log line or a UTF-8 column.
std::string printable(std::string_view value) {
  std::string result{value.substr(0, max_user_agent)};
  std::replace_if(result.begin(), result.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return result;
}

/// Several lines form one list (RFC 9110, 5.3).
void add_line(std::string& list, std::string_view value) {
  if (!list.empty())
    list += ',';
  list += value;
}

/// Whether a header line begins with a blank (obs-fold, RFC 9112, 5.2), which some join to the line before
/// and others take for a header. `at_line_start`: after consumed lines; `header` may be just the final empty
/// line and the body.
bool has_folded_line(std::string_view header, bool at_line_start) {
  auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  if (at_line_start && header.starts_with("\r\n"))
    return false;
  header = header.substr(0, header.find("\r\n\r\n"));
  if (at_line_start && !header.empty() && is_blank(header.front()))
    return true;
  for (auto at = header.find('\n'); at != std::string_view::npos; at = header.find('\n', at + 1))
    if (at + 1 < header.size() && is_blank(header[at + 1]))
      return true;
  return false;
}

bool is_one_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::size_t request_parser::read(std::string_view input, error_code& ec) {
  bool header_was_done = is_header_done();
  // More must come, and Beast asserts that: it cannot look at the last chunk twice in less.
  if (header_was_done && chunked() && !is_done() && input.size() < shortest_end_of_chunks) {
    ec = beast_http::error::need_more;
    return 0;
  }
  auto used = put({input.data(), input.size()}, ec);
  // Lines are consumed as they come, but a folded one always together with the line before.
  if (!header_was_done && has_folded_line(input.substr(0, used), begun_))
    ec = beast_http::error::bad_field;
  begun_ = begun_ || used > 0;
  return used;
}

void request_parser::on_request_impl(beast_http::verb method, text, text target, int version,
                                     error_code& ec) {
  ec = {};
  http11_ = version == 11;
  request_.method = to_verb(method);
  if (!request_.target.parse({target.data(), target.size()}))
    ec = beast_http::error::bad_target;
}

void request_parser::on_field_impl(beast_http::field name, text name_text, text raw, error_code& ec) {
  using beast_http::field;
  ec = {};
  if (in_trailer_)
    return;  // a trailer must not replace a header that was already examined
  std::string_view value{raw.data(), raw.size()};
  switch (name) {
    case field::host:
      if (std::exchange(has_host_, true))
        ec = beast_http::error::bad_field;
      break;
    case field::content_length:
      if (std::exchange(has_length_, true) || !is_one_number(value))
        ec = beast_http::error::bad_content_length;
      break;
    case field::transfer_encoding:
      // Beast would take "gzip" for "no body", and the body for the next request.
      if (!http11_ || !equals_ignoring_case(value, "chunked"))
        ec = beast_http::error::bad_transfer_encoding;
      break;
    case field::authorization:
      if (!request_.authorization.empty())
        ec = beast_http::error::bad_field;
      request_.authorization = value;
      break;
    case field::content_type: request_.content_type = value; break;
    case field::if_match: request_.if_match = value; break;
    case field::forwarded: add_line(forwarding_.forwarded, value); break;
    case field::origin: request_.origin = value; break;
    case field::access_control_request_method: request_.is_preflight = true; break;
    case field::user_agent: request_.user_agent = printable(value); break;
    case field::expect: expects_continue_ = http11_ && equals_ignoring_case(value, "100-continue"); break;
    case field::unknown: take_unnamed_field({name_text.data(), name_text.size()}, value); break;
    default: break;
  }
}

void request_parser::take_unnamed_field(std::string_view name, std::string_view value) {
  if (equals_ignoring_case(name, "X-Correlation-Id")) {
    // The log would redact one that holds a secret, so that log and answer would differ.
    if (!value.empty() && value.size() <= max_correlation_id && is_printable_ascii(value) &&
        !holds_secret(value))
      request_.correlation_id = value;
  } else if (equals_ignoring_case(name, "Idempotency-Key")) {
    take_idempotency_key(value);
  } else if (equals_ignoring_case(name, "traceparent")) {
    if (value.size() <= max_correlation_id && is_printable_ascii(value))
      request_.traceparent = value;
  } else if (equals_ignoring_case(name, "X-Forwarded-For")) {
    add_line(forwarding_.x_forwarded_for, value);
  } else if (equals_ignoring_case(name, "X-Forwarded-Proto")) {
    add_line(forwarding_.x_forwarded_proto, value);
  } else if (equals_ignoring_case(name, "X-Fault-Injection")) {
    request_.injected_fault = printable(value);
  }
}

void request_parser::take_idempotency_key(std::string_view value) {
  if (value.empty() || value.size() > max_idempotency_key || !is_printable_ascii(value))
    header_fault_ = validation_failed(
        {{"Idempotency-Key", "Idempotency-Key must be 1 to 255 printable ASCII characters."}});
  else
    request_.idempotency_key = value;
}

void request_parser::on_header_impl(error_code& ec) {
  ec = {};
  in_trailer_ = true;
  if (http11_ && !has_host_)
    ec = beast_http::error::bad_field;
  auto length = content_length();
  if (!length && !chunked())
    return;
  largest_body_ = body_limit_of_(request_);
  if (length && *length > largest_body_)
    ec = beast_http::error::body_limit;
}

void request_parser::on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code& ec) {
  ec = {};
  if (length)  // claimed, not yet received
    request_.body.reserve(std::min<std::uint64_t>(*length, max_reserved_body));
}

std::size_t request_parser::on_body_impl(text part, error_code& ec) {
  ec = {};
  if (request_.body.size() + part.size() > largest_body_) {
    ec = beast_http::error::body_limit;
    return 0;
  }
  request_.body.append(part.data(), part.size());
  return part.size();
}

std::size_t request_parser::on_chunk_body_impl(std::uint64_t, text part, error_code& ec) {
  return on_body_impl(part, ec);
}

}  // namespace musterd
