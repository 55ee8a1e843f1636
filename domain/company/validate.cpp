#include "domain/company/commands.hpp"

#include "common/text/readable_text.hpp"
#include "common/text/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

namespace musterd {
namespace {

constexpr std::size_t max_name = 100;
constexpr std::size_t max_description = 1000;
constexpr std::size_t max_permissions_at_once = 10'000;

void check_text(std::string_view field, const std::string& text, std::size_t longest,
                std::vector<field_error>& errors) {
  if (is_blank(text) || text.size() > longest)
    errors.push_back({std::string{field}, fmt::format("{} must have 1 to {} bytes.", field, longest)});
  else
    check_readable(field, text, errors);
}

void check_role_name(const std::string& name, std::vector<field_error>& errors) {
  if (is_blank(name) || name.size() > max_name)
    errors.push_back({"roleName", fmt::format("roleName must have 1 to {} bytes.", max_name)});
  else
    check_distinct("roleName", name, errors);
}

void check_description(const std::optional<std::string>& text, std::vector<field_error>& errors) {
  if (text && text->size() > max_description)
    errors.push_back({"description", "description must not be longer than 1000 bytes."});
  else if (text)
    check_readable("description", *text, errors, text_lines::many);
}

/// People tell shops apart by their codes, so no two may look the same.
bool is_shop_code(std::string_view text) {
  auto allowed = [](char c) {
    return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), allowed);
}

void check_scopes(const std::vector<scope_type>& scopes, std::vector<field_error>& errors) {
  if (scopes.empty())
    errors.push_back({"allowedScopes", "allowedScopes must name GLOBAL, LOCATION or both."});
}

/// Letters, digits, dots, dashes and underscores: services know each other by name, so no two may look the
/// same.
bool is_service_name(std::string_view text) {
  auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
  };
  return !text.empty() && text.size() <= max_name && std::all_of(text.begin(), text.end(), allowed);
}

void check_service_scopes(const std::vector<std::string>& scopes, std::vector<field_error>& errors) {
  if (scopes.empty())
    errors.push_back({"scopes", "scopes must name at least one."});
  for (std::size_t i = 0; i < scopes.size(); ++i)
    if (!is_service_scope(scopes[i]))
      errors.push_back({fmt::format("scopes.[{}]", i),
                        fmt::format("must be one of {}.", fmt::join(service_scope::all, ", "))});
}

void check_timezone(const std::string& zone, std::vector<field_error>& errors) {
  if (!is_time_zone(zone))
    errors.push_back({"timezone", "timezone must be an IANA time zone, such as America/Chicago."});
}

}  // namespace

void validate(const create_role& c, std::vector<field_error>& errors) {
  check_role_name(c.role_name, errors);
  check_description(c.description, errors);
  check_scopes(c.allowed_scopes, errors);
}

void validate(const update_role& c, std::vector<field_error>& errors) {
  check_description(c.description, errors);
  if (c.allowed_scopes)
    check_scopes(*c.allowed_scopes, errors);
}

void validate(const register_permissions& c, std::vector<field_error>& errors) {
  check_text("serviceName", c.service_name, max_name, errors);
  check_text("version", c.version, max_name, errors);
  if (c.permissions.size() > max_permissions_at_once)
    errors.push_back({"permissions", "permissions must not have more than 10000 items."});
  if (c.domain.size() > longest_permission_key) {
    errors.push_back(
        {"domain", fmt::format("domain must not be longer than {} bytes.", longest_permission_key)});
    return;  // the checks below would repeat it
  }
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < std::min(c.permissions.size(), max_permissions_at_once); ++i) {
    const auto& [key, description] = c.permissions[i];
    auto field = fmt::format("permissions.[{}].key", i);
    if (key.size() > longest_permission_key)
      errors.push_back(
          {field, fmt::format("{} must not be longer than {} bytes.", field, longest_permission_key)});
    else if (!is_permission_key(key))
      errors.push_back({field, fmt::format("{} is not domain:resource:action in snake_case.", key)});
    else if (!key.starts_with(c.domain + ':'))
      errors.push_back({field, fmt::format("{} is not of the domain {}.", key, c.domain)});
    else if (!seen.insert(key).second)
      errors.push_back({field, fmt::format("{} is named twice.", key)});
    if (is_blank(description) || description.size() > max_description)
      errors.push_back({fmt::format("permissions.[{}].description", i), "must have 1 to 1000 bytes."});
    else
      check_readable(fmt::format("permissions.[{}].description", i), description, errors, text_lines::many);
  }
}

void validate(const create_location& c, std::vector<field_error>& errors) {
  const new_location& from = c;
  if (!is_shop_code(from.code))
    errors.push_back({"code", "code must have 1 to 32 letters (a to z), digits, - or _"});
  check_text("name", from.name, max_name, errors);
  check_timezone(from.timezone, errors);
}

void validate(const update_location& c, std::vector<field_error>& errors) {
  const location_changes& changes = c;
  if (changes.name)
    check_text("name", *changes.name, max_name, errors);
  if (changes.timezone)
    check_timezone(*changes.timezone, errors);
}

void validate(const create_service& c, std::vector<field_error>& errors) {
  const new_service& from = c;
  if (!is_service_name(from.name))
    errors.push_back({"name", "name must have 1 to 100 letters (a to z), digits, dots, - or _"});
  check_description(from.description, errors);
  check_service_scopes(from.scopes, errors);
}

void validate(const update_service& c, std::vector<field_error>& errors) {
  check_description(c.description, errors);
  if (c.scopes)
    check_service_scopes(*c.scopes, errors);
}

}  // namespace musterd
