#include "tests/http/contract.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <valijson/adapters/boost_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <ranges>
#include <vector>

namespace musterd::testing {
namespace {

namespace json = boost::json;

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> result;
  path = path.substr(0, path.find('?'));
  for (std::size_t at = 0; at <= path.size();) {
    auto end = std::min(path.find('/', at), path.size());
    result.push_back(path.substr(at, end - at));
    at = end + 1;
  }
  return result;
}

/// How many segments match the template literally; nothing if the path does not match.
std::optional<std::size_t> likeness(std::string_view path, std::string_view path_template) {
  auto given = segments_of(path), wanted = segments_of(path_template);
  if (given.size() != wanted.size())
    return std::nullopt;
  std::size_t literals = 0;
  for (std::size_t i = 0; i < given.size(); ++i)
    if (given[i] == wanted[i])
      ++literals;
    else if (!wanted[i].starts_with('{') || given[i].empty())
      return std::nullopt;
  return literals;
}

/// Answers that the document describes once, for all requests.
bool is_anybodys(const http_answer& answer) {
  constexpr std::array general{405, 408, 431};
  return answer.status >= 500 || std::ranges::find(general, answer.status) != general.end() ||
         answer.body.starts_with(R"({"code":"ROUTE_NOT_FOUND")");
}

/// Valijson applies the format of strings to null as well.
void drop_formats(json::value& in) {
  if (auto* list = in.if_array())
    for (auto& item : *list)
      drop_formats(item);
  auto* object = in.if_object();
  if (object == nullptr)
    return;
  if (const auto* type = object->if_contains("type"); type != nullptr && !type->is_object())
    object->erase("format");
  for (auto& [name, member] : *object)
    drop_formats(member);
}

bool is_form(const http_message& message) {
  auto type = message.headers.find("Content-Type");
  return type != message.headers.end() && type->second.starts_with("application/x-www-form-urlencoded");
}

}  // namespace

struct api_contract::schema {
  valijson::Schema parsed;
};

api_contract::api_contract(json::object document) : document_{std::move(document)} {}
api_contract::~api_contract() = default;

const json::object& api_contract::resolved(const json::object& response) const {
  const auto* reference = response.if_contains("$ref");
  if (reference == nullptr)
    return response;
  std::string_view path{reference->as_string()};
  auto name = path.substr(path.rfind('/') + 1);
  return document_.at("components").at("responses").at(name).as_object();
}

const json::object* api_contract::operation(std::string_view method, std::string_view path) const {
  std::string key{method};
  std::ranges::transform(key, key.begin(), [](unsigned char c) { return std::tolower(c); });
  const json::object* result = nullptr;
  std::size_t best = 0;
  for (const auto& [path_template, methods] : document_.at("paths").as_object()) {
    auto like = likeness(path, path_template);
    if (!like || (result != nullptr && *like <= best))
      continue;
    best = *like;
    const auto* found = methods.as_object().if_contains(key);
    result = found == nullptr ? nullptr : &found->as_object();
  }
  return result;
}

std::string api_contract::misfit(const json::object& wanted, const std::string& text) {
  std::error_code unreadable;
  auto value = json::parse(text, unreadable);
  if (unreadable)
    return "it is no JSON ";
  std::lock_guard lock{mutex_};
  auto& known = schemas_[json::serialize(wanted)];
  if (!known) {
    known = std::make_unique<schema>();
    json::object root = wanted;
    root["components"] = document_.at("components");
    json::value whole = std::move(root);
    drop_formats(whole);
    valijson::adapters::BoostJsonAdapter adapter{whole};
    valijson::SchemaParser{}.populateSchema(adapter, known->parsed);
  }
  valijson::adapters::BoostJsonAdapter target{value};
  valijson::ValidationResults results;
  if (valijson::Validator{}.validate(known->parsed, target, &results))
    return {};
  std::string result;
  valijson::ValidationResults::Error error;
  while (results.popError(error)) {
    for (const auto& part : error.context)
      result += part;
    result += ": " + error.description + ' ';
  }
  return result;
}

std::string api_contract::broken_by(const std::string& method, const std::string& path,
                                    const http_message& message, const http_answer& answer) {
  const auto* asked = operation(method, path);
  if (asked == nullptr || is_anybodys(answer) || is_form(message))
    return {};
  const auto* listed = asked->at("responses").as_object().if_contains(std::to_string(answer.status));
  auto whose = fmt::format("{} of {} {}", answer.status, method, path);
  if (listed == nullptr)
    return fmt::format("{} is in no response: {}", whose, answer.body);
  const auto* content = resolved(listed->as_object()).if_contains("content");
  if (content == nullptr)
    return answer.body.empty() ? std::string{} : whose + " has a body";
  const auto* as_json = content->as_object().if_contains("application/json");
  if (as_json == nullptr || !answer.header("content-type").starts_with("application/json"))
    return {};
  auto why = misfit(as_json->at("schema").as_object(), answer.body);
  return why.empty() ? why : fmt::format("{} does not fit: {}in {}", whose, why, answer.body);
}

}  // namespace musterd::testing
