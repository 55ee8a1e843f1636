#include "http/routing/query.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace musterd {

void limit_filter(std::string_view field, const std::optional<std::string>& text,
                  std::vector<field_error>& errors) {
  if (text && text->size() > longest_filter)
    errors.push_back(
        {std::string{field}, fmt::format("{} must have at most {} bytes.", field, longest_filter)});
}

std::optional<std::string_view> query_reader::single(std::string_view name) {
  std::optional<std::string_view> result;
  for (const auto& [given, value] : target_.query()) {
    if (given != name)
      continue;
    if (result) {
      fail(name, " must be given once.");
      return std::nullopt;
    }
    result = value;
  }
  return result;
}

page_limits query_reader::page(std::int64_t reach) {
  page_limits result;
  if (auto size = get<std::int64_t>("pageSize")) {
    if (*size < 1 || *size > 100)
      fail("pageSize", " must be between 1 and 100.");
    else
      result.size = *size;
  }
  if (auto index = get<std::int64_t>("pageIndex")) {
    if (*index < 0)
      fail("pageIndex", " must be 0 or more.");
    else if (*index > reach / result.size)
      fail("pageIndex", fmt::format(" reaches the first {} items; follow nextPageToken to go on.", reach));
    else
      result.index = *index;
  }
  result.token = get<std::string>("pageToken");
  if (result.token && single("pageIndex"))
    fail("pageToken", " and pageIndex exclude each other.");
  return result;
}

void query_reader::fail(std::string_view name, std::string_view message_after_name) {
  errors_.push_back({std::string{name}, fmt::format("{}{}", name, message_after_name)});
}

void query_reader::add(std::vector<field_error> more) {
  std::ranges::move(more, std::back_inserter(errors_));
}

outcome<void> query_reader::check() {
  if (errors_.empty())
    return boost::system::in_place_value;
  return validation_failed(std::move(errors_));
}

outcome<page_limits> page_of(query_reader& query, std::int64_t reach) {
  auto limits = query.page(reach);
  if (auto ok = query.check(); !ok)
    return ok.error();
  return limits;
}

outcome<void> check_query_names(const http_request& request, const route_docs& docs) {
  std::vector<field_error> errors;
  for (const auto& [name, value] : request.target.query()) {
    bool declared =
        std::any_of(docs.query.begin(), docs.query.end(), [&](const auto& q) { return q.name == name; });
    bool named = std::any_of(errors.begin(), errors.end(), [&](const auto& e) { return e.field == name; });
    if (!declared && !named)
      errors.push_back({name, fmt::format("{} is not a known query parameter.", name)});
  }
  if (errors.empty())
    return boost::system::in_place_value;
  return validation_failed(std::move(errors));
}

std::vector<query_docs> paged(std::vector<query_docs> own) {
  std::vector<query_docs> result{
      {"pageIndex", "Which page, from 0; further than 10,000 items only nextPageToken leads.",
       schema_of<std::int32_t>, false},
      {"pageToken", "The nextPageToken of the page before, with the same filters: instead of pageIndex.",
       schema_of<std::string>, false},
      {"pageSize",
       "Items in a page, 1 to 100; 20 if left out. At 4 MiB a page ends with fewer: go on with its "
       "nextPageToken, pageIndex passes over the rest.",
       schema_of<std::int32_t>, false}};
  std::move(own.begin(), own.end(), std::back_inserter(result));
  return result;
}

}  // namespace musterd
