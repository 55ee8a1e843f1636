#include "persistence/audit/chain/noted_months.hpp"

#include <algorithm>

namespace musterd {
namespace {

bool is_month(const audit_month& text) {
  constexpr auto length = std::string_view{"2026-11"}.size();
  return text.size() == length && parse_timestamp(text + "-01T00:00:00Z");
}

}  // namespace

std::optional<std::vector<audit_month>> noted_months(std::string_view of_row) {
  auto months = months_from(of_row);
  if (months.size() > most_noted || !std::ranges::all_of(months, is_month))
    return std::nullopt;
  return months;
}

}  // namespace musterd
