#pragma once

#include "common/fault.hpp"
#include "common/json/json_write.hpp"
#include "http/message/request.hpp"
#include "http/routing/route_docs.hpp"
#include "http/routing/url_enum.hpp"
#include "persistence/sql/pages/page_query.hpp"

#include <charconv>
#include <optional>
#include <string_view>
#include <vector>

namespace musterd {

/// A filter is the name of something, and gets stored: in jobs, audit entries and log lines.
inline constexpr std::size_t longest_filter = 128;
void limit_filter(std::string_view field, const std::optional<std::string>& text,
                  std::vector<field_error>& errors);

/// Reads query parameters and collects the errors; `check()` returns them all as one fault.
class query_reader {
 public:
  explicit query_reader(const http_request& request) : target_{request.target} {}

  /// Reads ids, uuid, timestamp, local_date, described enums, integers, bool and std::string.
  template <class T>
  std::optional<T> get(std::string_view name) {
    auto text = single(name);
    return text ? parse<T>(name, *text) : std::nullopt;
  }
  /// Reports an error and returns T{} if absent.
  template <class T>
  T require(std::string_view name) {
    auto text = single(name);
    if (!text)
      fail(name, " is required.");
    return (text ? parse<T>(name, *text) : std::nullopt).value_or(T{});
  }
  /// The requested page of a list: by index within the first `reach` items, by token anywhere.
  page_limits page(std::int64_t reach = most_counted);

  void fail(std::string_view name, std::string_view message_after_name);
  void add(std::vector<field_error> more);
  bool fits() const { return errors_.empty(); }
  /// The fault that names every wrong parameter, if any.
  outcome<void> check();

  /// `text` as the value of that parameter.
  template <class T>
  std::optional<T> parse(std::string_view name, std::string_view text) {
    if constexpr (std::same_as<T, std::string>) {
      return std::string{text};
    } else if constexpr (std::same_as<T, bool>) {
      std::optional<bool> value;
      if (text == "true" || text == "false")
        value = text == "true";
      return expect<bool>(name, value, "true or false");
    } else if constexpr (std::integral<T>) {
      T value{};
      auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      bool ok = error == std::errc{} && end == text.data() + text.size();
      return expect<T>(name, ok ? std::optional{value} : std::nullopt, "an integer");
    } else if constexpr (detail::is_id<T> || std::same_as<T, uuid>) {
      return expect<T>(name, uuid::parse(text), "a UUID");
    } else if constexpr (std::same_as<T, timestamp>) {
      return expect<T>(name, parse_timestamp(text), "an RFC 3339 timestamp");
    } else if constexpr (std::same_as<T, local_date>) {
      return expect<T>(name, parse_local_date(text), "a date, YYYY-MM-DD");
    } else {
      static_assert(described_enum<T>, "query parameters are scalars");
      return expect<T>(name, enum_from_url<T>(text), "one of " + enum_choices_in_urls<T>());
    }
  }

 private:
  std::optional<std::string_view> single(std::string_view name);

  template <class T, class Parsed>
  std::optional<T> expect(std::string_view name, std::optional<Parsed> parsed, std::string_view what) {
    if (parsed)
      return T{*parsed};
    fail(name, std::string{" must be "}.append(what).append("."));
    return std::nullopt;
  }

  const request_target& target_;
  std::vector<field_error> errors_;
};

/// The requested page, or the fault that names every wrong parameter; all others must have been read before.
outcome<page_limits> page_of(query_reader& query, std::int64_t reach = most_counted);

/// 400 that names every query parameter the route does not declare.
outcome<void> check_query_names(const http_request& request, const route_docs& docs);

}  // namespace musterd
