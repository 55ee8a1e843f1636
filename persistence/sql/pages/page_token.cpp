#include "persistence/sql/pages/page_token.hpp"

#include "common/json/json_read.hpp"
#include "common/text/hex.hpp"
#include "common/text/uuid.hpp"
#include "common/time/time.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>

namespace musterd {
namespace {

std::string_view cast_of(list_order::kind what) {
  switch (what) {
    case list_order::kind::id: return "uuid";
    case list_order::kind::instant: return "timestamptz";
    case list_order::kind::date: return "date";
    default: return "text";
  }
}

/// More pages than any list has; one more is still exact in a client's double.
constexpr std::int64_t last_page = std::int64_t{1} << 52;

template <class T>
std::optional<std::string> written_again(const std::optional<T>& value) {
  return value ? std::optional{to_string(*value)} : std::nullopt;
}

/// Rows may hold these, and paging must get past them.
bool is_endless(std::string_view instant) {
  return instant == "infinity" || instant == "-infinity";
}

/// Our parsers accept more than PostgreSQL does, so values are written anew.
std::optional<std::string> read_value(list_order::kind what, const boost::json::value& given) {
  if (!given.is_string())
    return std::nullopt;
  std::string_view text{given.get_string()};
  switch (what) {
    case list_order::kind::id: return written_again(uuid::parse(text));
    case list_order::kind::instant:
      return is_endless(text) ? std::optional<std::string>{text} : written_again(parse_timestamp(text));
    case list_order::kind::date: return written_again(parse_local_date(text));
    default: return text.find('\0') == text.npos ? std::optional<std::string>{text} : std::nullopt;
  }
}

std::optional<std::string> from_hex(std::string_view hex) {
  std::string result;
  for (; hex.size() >= 2; hex.remove_prefix(2)) {
    unsigned char c = 0;
    if (std::from_chars(hex.data(), hex.data() + 2, c, 16).ptr != hex.data() + 2)
      return std::nullopt;
    result.push_back(static_cast<char>(c));
  }
  return hex.empty() ? std::optional{std::move(result)} : std::nullopt;
}

}  // namespace

std::string list_order::by() const {
  std::string result;
  for (const auto& c : columns_)
    result += fmt::format("{}{}{}", result.empty() ? "" : ", ", c.sql, newest_first_ ? " DESC" : "");
  return result;
}

std::string list_order::place() const {
  std::string result;
  for (const auto& c : columns_)
    result += (result.empty() ? "jsonb_build_array(" : ", ") + c.sql;
  return result + ')';
}

std::string list_order::behind(std::string_view parameter) const {
  std::string row, place;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const auto* comma = i == 0 ? "" : ", ";
    row += comma + columns_[i].sql;
    place += fmt::format("{}({}::jsonb ->> {})::{}", comma, parameter, i, cast_of(columns_[i].what));
  }
  auto first = place.substr(0, place.find(", "));
  // The first condition is redundant, but it is the one that prunes partitions.
  return fmt::format("{0} {2}= {3} AND ({1}) {2} ({4})", columns_.front().sql, row, newest_first_ ? '<' : '>',
                     first, place);
}

std::string list_order::normalized(std::string_view place) const {
  auto value = parse_json(place);
  auto* values = value ? value->if_array() : nullptr;
  if (values == nullptr || values->size() != columns_.size())
    throw page_token_refused{};
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    auto read = read_value(columns_[i].what, (*values)[i]);
    if (!read)
      throw page_token_refused{};
    (*values)[i] = *read;
  }
  return boost::json::serialize(*value);
}

/// "list index place"
std::string page_token(std::string_view list, const page_start& next) {
  return to_hex(fmt::format("{} {} {}", list, next.page_index, next.behind));
}

page_start read_page_token(std::string_view token, std::string_view list, const list_order& order) {
  auto text = from_hex(token).value_or("");
  std::string_view rest = text;
  if (!rest.starts_with(list) || rest.substr(list.size(), 1) != " ")
    throw page_token_refused{};
  rest.remove_prefix(list.size() + 1);
  page_start result;
  auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), result.page_index);
  if (error != std::errc{} || end == rest.data() + rest.size() || *end != ' ' || result.page_index < 1 ||
      result.page_index > last_page)
    throw page_token_refused{};
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()) + 1);
  result.behind = order.normalized(rest);
  return result;
}

}  // namespace musterd
