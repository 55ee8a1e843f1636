#include "common/settings/setting_list.hpp"

#include "common/text/text.hpp"
#include "common/time/duration.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

namespace musterd {
namespace {

std::string toml_string(std::string_view text) {
  std::string result = "\"";
  for (char c : text)
    if (c == '"' || c == '\\')
      result += {'\\', c};
    else if (static_cast<unsigned char>(c) < ' ')
      result += fmt::format("\\u{:04x}", c);
    else
      result += c;
  return result + '"';
}

std::vector<std::string> items_of(std::string_view text) {
  std::vector<std::string> result;
  while (!is_blank(text)) {
    auto item = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), item.size() + 1));
    item.remove_prefix(std::min(item.find_first_not_of(' '), item.size()));
    result.emplace_back(item.substr(0, item.find_last_not_of(' ') + 1));
  }
  return result;
}

std::string range_text(const setting_list::bounds& within) {
  return fmt::format("{} to {}{}{}", within.least, within.most, within.unit.empty() ? "" : " ", within.unit);
}

}  // namespace

std::string setting::environment_name() const {
  std::string result = "MUSTERD_";
  for (char c : name)
    result += c == '.' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return result;
}

setting* setting_list::find(std::string_view name) {
  auto found = std::ranges::find(all_, name, &setting::name);
  return found == all_.end() ? nullptr : &*found;
}

void setting_list::add_number(std::string_view name, bounds within, std::string_view doc,
                              std::function<void(std::int64_t)> put, std::function<std::int64_t()> get) {
  auto set = [within, put = std::move(put)](std::string_view text) -> std::string {
    std::int64_t value = 0;
    auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || stopped != text.data() + text.size() || value < within.least ||
        value > within.most)
      return fmt::format("must be an integer from {} to {}", within.least, within.most);
    put(value);
    return {};
  };
  all_.push_back({name, doc, std::move(set), [get = std::move(get)] { return std::to_string(get()); },
                  range_text(within)});
}

void setting_list::flag(std::string_view name, bool& field, std::string_view doc) {
  auto set = [&field](std::string_view text) -> std::string {
    if (text != "true" && text != "false")
      return "must be true or false";
    field = text == "true";
    return {};
  };
  all_.push_back({name, doc, set, [&field] { return std::string{field ? "true" : "false"}; }});
}

void setting_list::text(std::string_view name, std::string& field, std::string_view doc) {
  auto set = [&field](std::string_view value) {
    field = value;
    return std::string{};
  };
  all_.push_back({name, doc, set, [&field] { return toml_string(field); }});
}

void setting_list::secret(std::string_view name, std::string& field, std::string_view doc) {
  text(name, field, doc);
  all_.back().show = [&field] { return std::string{field.empty() ? "\"\"" : "\"***\""}; };
  all_.back().secret = true;
}

void setting_list::words(std::string_view name, std::vector<std::string>& field, std::string_view doc) {
  auto set = [&field](std::string_view text) {
    field = items_of(text);
    return std::string{};
  };
  all_.push_back(
      {name, doc, set, [&field] { return toml_string(fmt::format("{}", fmt::join(field, ","))); }});
}

void setting_list::duration(std::string_view name, std::chrono::milliseconds& field, std::string_view doc) {
  auto set = [&field](std::string_view text) -> std::string {
    auto read = parse_duration(text);
    if (!read)
      return "must be a duration such as 500ms, 30s, 15m or 6h";
    field = *read;
    return {};
  };
  all_.push_back({name, doc, set, [&field] { return toml_string(duration_text(field)); }, "a duration"});
}

void setting_list::durations(std::string_view name, std::vector<std::chrono::milliseconds>& field,
                             std::string_view doc) {
  auto set = [&field](std::string_view text) -> std::string {
    std::vector<std::chrono::milliseconds> read;
    for (const auto& item : items_of(text))
      if (auto one = parse_duration(item))
        read.push_back(*one);
      else
        return "must be durations such as 1m,5m,15m,1h,6h";
    if (read.empty())
      return "must have at least one duration";
    field = std::move(read);
    return {};
  };
  auto show = [&field] {
    std::vector<std::string> shown;
    shown.reserve(field.size());
    for (auto one : field)
      shown.push_back(duration_text(one));
    return toml_string(fmt::format("{}", fmt::join(shown, ",")));
  };
  all_.push_back({name, doc, set, show, "durations"});
}

void setting_list::add_choice(std::string_view name, std::vector<std::string_view> names,
                              std::string_view doc, std::function<void(std::size_t)> put,
                              std::function<std::size_t()> get) {
  auto limits = fmt::format("{}", fmt::join(names, " or "));
  auto set = [names, put = std::move(put)](std::string_view text) -> std::string {
    auto found = std::ranges::find(names, text);
    if (found == names.end())
      return fmt::format("must be one of {}", fmt::join(names, ", "));
    put(static_cast<std::size_t>(found - names.begin()));
    return {};
  };
  auto show = [names, get = std::move(get)] { return toml_string(names[get()]); };
  all_.push_back({name, doc, set, show, limits});
}

}  // namespace musterd
