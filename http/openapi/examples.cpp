#include "http/openapi/examples.hpp"

#include "common/json/described.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace musterd {
namespace {

namespace json = boost::json;

struct named_text {
  std::string_view name, text;
};

/// From the demo company where possible. Requested ends lie in the future: what has ended cannot end again.
constexpr std::array texts{
    named_text{"accessToken", "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIwMTk0MWYyOSJ9.c2lnbmF0dXJl"},
    named_text{"alteredFields", "details"},
    named_text{"byLocation", "timekeeping:timecard:view"},
    named_text{"changedFields", "effectiveEndDate"},
    named_text{"clientAddress", "192.0.2.17"},
    named_text{"clientNetwork", "192.0.2.0/24"},
    named_text{"clientSecret", "mss_5Yb0l6JtW1nUOqkq0c1hXw"},
    named_text{"clockInAt", "2026-01-12T14:00:00Z"},
    named_text{"clockOutAt", "2026-01-12T22:30:00Z"},
    named_text{"code", "SEA"},
    named_text{"consumer", "audit.financial"},
    named_text{"dateFrom", "2026-01-01T00:00:00Z"},
    named_text{"dateTo", "2026-02-01T00:00:00Z"},
    named_text{"description", "Moves cars between shops."},
    named_text{"domain", "billing"},
    named_text{"effectiveEndAt", "2036-12-31T18:00:00Z"},
    named_text{"effectiveEndDate", "2036-12-31T18:00:00Z"},
    named_text{"email", "ada.lane@demo.example"},
    named_text{"endAssignmentsAt", "2036-12-31T18:00:00Z"},
    named_text{"endTime", "2026-01-12T18:30:00Z"},
    named_text{"endsAt", "2036-12-31T18:00:00Z"},
    named_text{"entryHash", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
    named_text{"eventType", "BREAK_STARTED"},
    named_text{"everywhere", "people:location:view"},
    named_text{"expiresAt", "2036-12-31T18:00:00Z"},
    named_text{"field", "breakType"},
    named_text{"firstName", "Ada"},
    named_text{"from", "2026-01-01"},
    named_text{"grantType", "password"},
    named_text{"jobCode", "BRAKES"},
    named_text{"justification", "Done by hand at the shop."},
    named_text{"key", "billing:invoice:view"},
    named_text{"lastName", "Lane"},
    named_text{"locationId", "01941f29-7c00-7ffd-99ee-6bfa45795267"},
    named_text{"message", "breakType is required."},
    named_text{"name", "seattle-harbor"},
    named_text{"notes", "Left early for the parts run."},
    named_text{"oldPassword", "the-Password-before-1"},
    named_text{"otpauthUri", "otpauth://totp/musterd:ada.lane?secret=JBSWY3DPEHPK3PXP&issuer=musterd"},
    named_text{"password", "sunlit-Harbor-47-cranes"},
    named_text{"permission", "timekeeping:timecard:view"},
    named_text{"permissionKey", "people:person:view"},
    named_text{"permissionKeys", "people:person:view"},
    named_text{"permissions", "people:person:view"},
    named_text{"policy", "shop-hours"},
    named_text{"previousEndsAt", "2036-12-31T18:00:00Z"},
    named_text{"primaryEmail", "ada.lane@demo.example"},
    named_text{"queue", "audit.financial"},
    named_text{"reason", "Sent twice by the till."},
    named_text{"reasonCode", "ROLE_CHANGE"},
    named_text{"recoveryCode", "k7dm-2xqp-94tw"},
    named_text{"recoveryCodes", "k7dm-2xqp-94tw"},
    named_text{"reference", "order:4711"},
    named_text{"references", "order:4711"},
    named_text{"refreshToken", "01941f29-7c00-7a4e-8b1d-3c5f6a7b8c9d.1.c2VjcmV0"},
    named_text{"role", "MECHANIC"},
    named_text{"roleName", "DRIVER"},
    named_text{"roles", "MECHANIC"},
    named_text{"scopeType", "LOCATION"},
    named_text{"allowedScopes", "LOCATION"},
    named_text{"scopes", "security:authorization:decide"},
    named_text{"secret", "mss_5Yb0l6JtW1nUOqkq0c1hXw"},
    named_text{"serviceName", "billing"},
    named_text{"startTime", "2026-01-12T18:00:00Z"},
    named_text{"statusReasonCode", "RESIGNATION"},
    named_text{"subject", "ada.lane"},
    named_text{"subjectType", "TIMECARD"},
    named_text{"tenant", "demo"},
    named_text{"timezone", "America/Los_Angeles"},
    named_text{"to", "2026-01-31"},
    named_text{"tokenType", "Bearer"},
    named_text{"totpCode", "492039"},
    named_text{"traceId", "4bf92f3577b34da6a3ce929d0e0e4736"},
    named_text{"type", "TimecardUpdated"},
    named_text{"userAgent", "curl/8.5.0"},
    named_text{"username", "demo.mechanic"},
    named_text{"version", "1.4.0"},
    named_text{"workOrderId", "WO-4711"},
};

struct named_number {
  std::string_view name;
  std::int64_t number;
};

constexpr std::array numbers{
    named_number{"expiresIn", 900},   named_number{"pageIndex", 0},       named_number{"pageSize", 20},
    named_number{"ratePerSecond", 5}, named_number{"workedMinutes", 480}, named_number{"breakMinutes", 30},
    named_number{"status", 409},
};

/// Optional members that go only with certain others, or are sent only when asked for.
constexpr std::array<std::string_view, 6> seldom{"grantType",        "clientId", "clientSecret",
                                                 "endAssignmentsAt", "totpCode", "recoveryCode"};

constexpr std::string_view some_id = "01941f29-7c00-7a4e-8b1d-3c5f6a7b8c9d", some_day = "2026-01-12",
                           some_time = "2026-01-12T14:00:00Z";

template <class Table>
auto named(const Table& table, std::string_view name) {
  auto found = std::ranges::find_if(table, [&](const auto& entry) { return entry.name == name; });
  return found == table.end() ? nullptr : &*found;
}

bool is_seldom(std::string_view name) {
  return std::ranges::find(seldom, name) != seldom.end();
}

/// "Reason code" for "reasonCode": better than nothing.
std::string words_of(std::string_view name) {
  std::string result;
  for (char c : name) {
    bool is_capital = c >= 'A' && c <= 'Z';
    if (is_capital)
      result += ' ';
    result += result.empty() ? detail::upper(c) : static_cast<char>(is_capital ? c - 'A' + 'a' : c);
  }
  return result.empty() ? "text" : result;
}

class example_maker {
 public:
  explicit example_maker(const json::object& schemas) : schemas_{schemas} {}

  /// Nullopt if a type would contain itself.
  std::optional<json::value> make(const json::object& schema, std::string_view name) {
    if (const auto* reference = schema.if_contains("$ref"))
      return referred(std::string_view{reference->as_string()}, name);
    if (const auto* choices = schema.if_contains("anyOf"))
      return make(choices->at(0).as_object(), name);
    if (const auto* values = schema.if_contains("enum"))
      return one_of(values->as_array(), name);
    const auto* said = schema.if_contains("type");
    if (said == nullptr)
      return json::value(nullptr);
    std::string_view type{said->is_array() ? said->at(0).as_string() : said->as_string()};
    if (type == "object")
      return object(schema);
    if (type == "array")
      return array(schema.at("items").as_object(), name);
    if (type == "boolean")
      return json::value(true);
    if (type == "string")
      return json::value(text(schema, name));
    const auto* number = named(numbers, name);
    return json::value(number != nullptr ? number->number : 1);
  }

 private:
  std::optional<json::value> referred(std::string_view reference, std::string_view name) {
    auto type = reference.substr(reference.rfind('/') + 1);
    if (std::ranges::find(within_, type) != within_.end())
      return std::nullopt;
    within_.push_back(type);
    auto result = make(schemas_.at(type).as_object(), name);
    within_.pop_back();
    return result;
  }

  static json::value one_of(const json::array& values, std::string_view name) {
    const auto* wanted = named(texts, name);
    auto found = wanted == nullptr ? values.end() : std::ranges::find(values, json::value(wanted->text));
    return found == values.end() ? values.front() : *found;
  }

  json::value object(const json::object& schema) {
    json::object result;
    if (const auto* members = schema.if_contains("properties"))
      for (const auto& [name, member] : members->as_object())
        if (is_required(schema, name) || !is_seldom(name))
          if (auto value = make(member.as_object(), name))
            result[name] = std::move(*value);
    const auto* more = schema.if_contains("additionalProperties");
    if (more != nullptr && more->is_object())
      if (auto value = make(more->as_object(), {}))
        result[some_id] = std::move(*value);
    return result;
  }

  json::value array(const json::object& items, std::string_view name) {
    json::array result;
    if (auto value = make(items, name))
      result.push_back(std::move(*value));
    return result;
  }

  static bool is_required(const json::object& schema, std::string_view name) {
    const auto* required = schema.if_contains("required");
    return required != nullptr &&
           std::ranges::find(required->as_array(), json::value(name)) != required->as_array().end();
  }

  static std::string text(const json::object& schema, std::string_view name) {
    const auto* known = named(texts, name);
    if (known != nullptr)
      return std::string{known->text};
    const auto* format = schema.if_contains("format");
    std::string_view kind = format == nullptr ? std::string_view{} : std::string_view{format->as_string()};
    if (kind.empty())
      return words_of(name);
    return std::string{kind == "uuid" ? some_id : kind == "date" ? some_day : some_time};
  }

  const json::object& schemas_;
  std::vector<std::string_view> within_;
};

}  // namespace

json::value example_of(const json::object& schema, const json::object& schemas, std::string_view name) {
  return example_maker{schemas}.make(schema, name).value_or(json::value(nullptr));
}

}  // namespace musterd
