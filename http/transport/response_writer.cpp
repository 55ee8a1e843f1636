#include "http/transport/response_writer.hpp"

#include <charconv>
#include <ctime>

namespace musterd {
namespace {

std::string_view reason(int status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    default: return "Status";
  }
}

void append_number(std::string& out, std::int64_t value) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

/// RFC 9110 requires a Date; formatted once per second and thread.
std::string_view date_line() {
  thread_local std::time_t last = 0;
  thread_local char text[48];
  thread_local std::size_t size = 0;
  if (auto now = std::time(nullptr); now != last) {
    std::tm utc{};
    gmtime_r(&now, &utc);
    size = std::strftime(text, sizeof text, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &utc);
    last = now;
  }
  return {text, size};
}

/// For an answer opened in a browser: it is data, loads nothing and may not be framed.
constexpr std::string_view no_content_allowed =
    "Content-Security-Policy: default-src 'none'; base-uri 'none'; frame-ancestors 'none'\r\n";

/// Drops line breaks: a value must not inject headers.
void append_header(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ");
  for (char c : value)
    if (c != '\r' && c != '\n' && c != '\0')
      out.push_back(c);
  out.append("\r\n");
}

/// Headers that tell browsers to stay on https and which page may read the answer.
void append_security(std::string& out, const response_frame& frame) {
  if (frame.hsts.count() > 0) {
    out.append("Strict-Transport-Security: max-age=");
    append_number(out, frame.hsts.count());
    out.append("\r\n");
  }
  if (frame.varies_by_origin)
    out.append("Vary: Origin\r\n");
  if (!frame.allowed_origin.empty())
    out.append("Access-Control-Allow-Origin: ")
        .append(frame.allowed_origin)
        .append(
            "\r\nAccess-Control-Expose-Headers: ETag, X-Correlation-Id, Idempotency-Replayed, Retry-After, "
            "Content-Disposition\r\n");
}

}  // namespace

void append_response(std::string& out, const http_response& response, const response_frame& frame) {
  bool bodiless = response.status == 204 || response.status == 304;
  out.reserve(out.size() + 448 + response.body.size());
  out.append("HTTP/1.1 ");
  append_number(out, response.status);
  out.push_back(' ');
  out.append(reason(response.status)).append("\r\n");
  if (!bodiless) {
    out.append("Content-Type: ").append(response.content_type).append("\r\nContent-Length: ");
    append_number(out,
                  static_cast<std::int64_t>(response.rest ? response.rest->size() : response.body.size()));
    out.append("\r\n");
  }
  out.append("X-Correlation-Id: ").append(frame.correlation_id).append("\r\n");
  out.append(date_line());
  if (response.version) {
    out.append("ETag: \"");
    append_number(out, *response.version);
    out.append("\"\r\n");
  }
  bool own_caching = false, own_policy = false;
  for (const auto& [name, value] : response.headers) {
    own_caching = own_caching || name == "Cache-Control";
    own_policy = own_policy || name == "Content-Security-Policy";
    append_header(out, name, value);
  }
  if (!own_caching)
    out.append("Cache-Control: no-store\r\n");
  if (!own_policy)
    out.append(no_content_allowed);
  if (!frame.keep_alive)
    out.append("Connection: close\r\n");
  else if (frame.http10)
    out.append("Connection: keep-alive\r\n");
  append_security(out, frame);
  out.append("X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n\r\n");
  if (!bodiless && !frame.head_request)
    out.append(response.body);
}

}  // namespace musterd
