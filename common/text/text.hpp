#pragma once

#include <algorithm>
#include <string>
#include <string_view>

/// Text of protocols and names: ASCII, independent of the locale.
namespace musterd {

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

inline bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

/// Key to compare names by, ignoring case: equals lower(… COLLATE "C") in the database's unique indexes.
/// Leaves non-ASCII characters alone.
inline std::string folded(std::string_view text) {
  std::string result{text};
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

/// Nothing but white space.
inline bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos;
}

/// The longest prefix of UTF-8 text that fits into `size` bytes without splitting a character.
constexpr std::string_view cut_text(std::string_view text, std::size_t size) {
  if (text.size() <= size)
    return text;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80)
    --size;
  return text.substr(0, size);
}

/// Blank to tilde.
inline bool is_printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
}

/// At most `size` bytes of foreign text, made safe for a log line.
inline std::string plain_text(std::string_view text, std::size_t size) {
  std::string result{text.substr(0, size)};
  std::replace_if(result.begin(), result.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return result;
}

/// Without white space at either end.
inline std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t\r\n\v\f";
  text.remove_prefix(std::min(text.find_first_not_of(space), text.size()));
  return text.substr(0, text.find_last_not_of(space) + 1);
}

/// 0 to 15; -1 if not a hex digit.
constexpr int hex_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  auto letter = lower(c);
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

}  // namespace musterd
