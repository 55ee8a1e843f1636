#include "common/json/csv.hpp"

#include "common/text/readable_text.hpp"

#include <algorithm>
#include <array>

namespace musterd::detail {
namespace {

constexpr auto signs =
    std::to_array<std::string_view>({"=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"});

}  // namespace

bool begins_like_formula(std::string_view text) {
  auto begins_with = [&text](std::string_view part) { return text.starts_with(part); };
  // Some spreadsheets treat a leading tab or line break as the start of a formula.
  if (text.starts_with('\t') || text.starts_with('\r') || text.starts_with('\n'))
    return true;
  text = from_first_shown(text);
  return std::ranges::any_of(signs, begins_with);
}

}  // namespace musterd::detail
