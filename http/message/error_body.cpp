#include "http/message/error_body.hpp"

#include "common/json/json_write.hpp"

#include <fmt/format.h>

namespace musterd {

http_response error_response(const fault& f, std::string_view correlation_id, timestamp now) {
  return error_response(http_status(f.kind), f, correlation_id, now);
}

http_response error_response(int status, const fault& f, std::string_view correlation_id, timestamp now) {
  http_response response;
  response.status = status;
  auto& out = response.body;
  out.reserve(256 + f.message.size());
  out += "{\"code\":";
  append_json_string(out, f.code);
  out += ",\"message\":";
  append_json_string(out, f.message);
  out += ",\"status\":";
  write_json(out, status);
  out += ",\"correlationId\":";
  append_json_string(out, correlation_id);
  out += ",\"timestamp\":";
  write_json(out, now);
  if (!f.field_errors.empty()) {
    out += ",\"fieldErrors\":";
    write_json(out, f.field_errors);
  }
  if (f.details) {
    out += ",\"details\":";
    write_json(out, *f.details);
  }
  out.push_back('}');
  if (f.retry_after_s)
    response.headers.emplace_back("Retry-After", fmt::format("{}", *f.retry_after_s));
  if (f.sign_in_within_s)
    response.headers.emplace_back(
        "WWW-Authenticate",
        fmt::format(
            R"(Bearer error="insufficient_user_authentication", error_description="{}", max_age="{}")",
            f.message, *f.sign_in_within_s));
  else if (response.status == 401)
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

}  // namespace musterd
