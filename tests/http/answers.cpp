#include "tests/http/answers.hpp"

#include "common/time/time.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <sstream>

namespace musterd::testing {

boost::json::value json_of(const http_answer& answer) {
  boost::system::error_code error;
  auto value = boost::json::parse(answer.body, error);
  if (error)
    throw std::runtime_error{fmt::format("{} is no JSON: {}", answer.status, answer.body)};
  return value;
}

std::string text_at(const boost::json::value& in, std::string_view pointer) {
  boost::system::error_code error;
  const auto* found = in.find_pointer(pointer, error);
  if (found == nullptr)
    return "(none)";
  return found->is_string() ? std::string{std::string_view{found->get_string()}}
                            : boost::json::serialize(*found);
}

std::string text_at(const http_answer& answer, std::string_view pointer) {
  return text_at(json_of(answer), pointer);
}

bool has(const boost::json::value& in, std::string_view pointer) {
  boost::system::error_code error;
  return in.find_pointer(pointer, error) != nullptr;
}

void check_error(const http_answer& answer, int status, std::string_view code, std::string_view message) {
  CAPTURE(answer.body);
  REQUIRE(answer.status == status);
  CHECK(answer.header("content-type").starts_with("application/json"));
  auto body = json_of(answer);
  REQUIRE(body.is_object());
  CHECK(text_at(body, "/code") == code);
  CHECK(text_at(body, "/status") == std::to_string(status));
  if (message.empty())
    CHECK(text_at(body, "/message").size() > 5);
  else
    CHECK(text_at(body, "/message") == message);
  CHECK(!text_at(body, "/correlationId").empty());
  CHECK(text_at(body, "/correlationId") == answer.header("x-correlation-id"));
  auto when = text_at(body, "/timestamp");
  CHECK(when.ends_with('Z'));
  CHECK(parse_timestamp(when).has_value());
  for (const auto& [name, unused] : body.get_object()) {
    static const std::set<std::string_view> known{"code",      "message",     "status", "correlationId",
                                                  "timestamp", "fieldErrors", "details"};
    CHECK_MESSAGE(known.contains(std::string_view{name}), name);
  }
}

std::set<std::string> wrong_fields(const http_answer& answer) {
  std::set<std::string> result;
  auto body = json_of(answer);
  if (has(body, "/fieldErrors"))
    for (const auto& e : body.at("fieldErrors").as_array()) {
      result.insert(text_at(e, "/field"));
      CHECK(text_at(e, "/message").starts_with(text_at(e, "/field")));
    }
  return result;
}

double metric(const std::string& metrics_text, std::string_view sample) {
  std::istringstream lines{metrics_text};
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(sample) && line.size() > sample.size() && line[sample.size()] == ' ')
      return std::stod(line.substr(sample.size() + 1));
  return 0;
}

}  // namespace musterd::testing
