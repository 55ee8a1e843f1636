#include "common/text/card_number.hpp"

#include "common/text/text.hpp"

#include <array>
#include <span>

namespace musterd {
namespace {

constexpr std::size_t fewest_digits = 13, most_digits = 19;
/// Between two groups.
constexpr int most_separators = 3;

/// ISO/IEC 7812-1, annex B: every second digit from the right is doubled.
bool passes_luhn(std::span<const int> digits) {
  int sum = 0;
  bool twice = false;
  for (auto i = digits.size(); i-- > 0; twice = !twice) {
    auto value = twice ? 2 * digits[i] : digits[i];
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 == 0;
}

/// Length of the separator between groups, 0 for none: blanks, punctuation, the no-break space, Unicode
/// dashes (U+2010 to U+2015) or invisible characters (U+200B to U+200D, U+2060, U+FEFF).
std::size_t separator_at(std::string_view text, std::size_t at) {
  constexpr std::string_view plain = " \t\r\n-._/+";
  auto rest = text.substr(at);
  if (rest.empty())
    return 0;
  if (plain.find(rest[0]) != std::string_view::npos)
    return 1;
  if (rest.starts_with("\u00a0"))
    return 2;
  auto third = rest.size() > 2 && rest.starts_with("\xe2\x80") ? static_cast<unsigned char>(rest[2]) : 0;
  bool is_dash = third >= 0x90 && third <= 0x95, is_unseen = third >= 0x8b && third <= 0x8d;
  return is_dash || is_unseen || rest.starts_with("\u2060") || rest.starts_with("\ufeff") ? 3 : 0;
}

/// Start of the next group of digits; `at` if there is none.
std::size_t next_group(std::string_view text, std::size_t at) {
  auto next = at;
  for (int i = 0; i < most_separators; ++i) {
    auto size = separator_at(text, next);
    if (size == 0)
      break;
    next += size;
    if (next < text.size() && is_digit(text[next]))
      return next;
  }
  return at;
}

}  // namespace

std::size_t card_number_at(std::string_view text, std::size_t at) {
  std::array<int, most_digits> digits;
  std::size_t count = 0, found = 0;
  for (auto i = at;;) {
    for (; i < text.size() && is_digit(text[i]); ++i) {
      if (count == most_digits)
        return found;
      digits[count++] = text[i] - '0';
    }
    if (count >= fewest_digits && passes_luhn({digits.data(), count}))
      found = i - at;
    auto next = next_group(text, i);
    if (next == i)
      return found;
    i = next;
  }
}

}  // namespace musterd
