#include "common/time/duration.hpp"

#include <array>
#include <charconv>

namespace musterd {
namespace {

struct unit {
  std::string_view name;
  std::int64_t milliseconds;
};
constexpr std::array units{unit{"h", 3'600'000}, unit{"m", 60'000}, unit{"s", 1000}, unit{"ms", 1}};
constexpr std::int64_t longest = 366LL * 24 * 3'600'000;

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  std::int64_t count = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  auto name = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const auto& u : units)
    if (error == std::errc{} && name == u.name && count > 0 && count <= longest / u.milliseconds)
      return std::chrono::milliseconds{count * u.milliseconds};
  return std::nullopt;
}

std::string duration_text(std::chrono::milliseconds duration) {
  for (const auto& u : units)
    if (duration.count() % u.milliseconds == 0)
      return std::to_string(duration.count() / u.milliseconds).append(u.name);
  return {};
}

}  // namespace musterd
