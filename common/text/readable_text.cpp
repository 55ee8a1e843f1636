#include "common/text/readable_text.hpp"

#include "common/text/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace musterd {
namespace {

/// How a character displays.
enum class look {
  shown,
  /// Non-ASCII white space, and letters without ink.
  blank,
  /// Joins letters or selects their forms; some scripts, and names in them, need it.
  shaping,
  /// Invisible, or changes the writing direction.
  hidden
};

struct range {
  char32_t first, last;
  look is;
};

/// Unicode's White_Space and Default_Ignorable_Code_Point, invisible characters of category Cf, and letters
/// without ink. Sorted.
constexpr range unseen[]{
    {0x80, 0x9f, look::hidden},         // C1 controls
    {0xa0, 0xa0, look::blank},          // no-break space
    {0xad, 0xad, look::hidden},         // soft hyphen
    {0x34f, 0x34f, look::hidden},       // combining grapheme joiner
    {0x61c, 0x61c, look::hidden},       // Arabic letter mark
    {0x115f, 0x1160, look::hidden},     // Hangul fillers
    {0x1680, 0x1680, look::blank},      // Ogham space
    {0x17b4, 0x17b5, look::hidden},     // Khmer inherent vowels
    {0x180b, 0x180f, look::shaping},    // Mongolian variation selectors and vowel separator
    {0x2000, 0x200a, look::blank},      // spaces of all widths
    {0x200b, 0x200b, look::hidden},     // zero width space
    {0x200c, 0x200d, look::shaping},    // zero width non-joiner and joiner
    {0x200e, 0x200f, look::hidden},     // direction marks
    {0x2028, 0x202e, look::hidden},     // separators, embeddings, overrides
    {0x202f, 0x202f, look::blank},      // narrow no-break space
    {0x205f, 0x205f, look::blank},      // mathematical space
    {0x2060, 0x206f, look::hidden},     // word joiner, invisible operators, isolates, deprecated formats
    {0x2800, 0x2800, look::blank},      // braille without dots
    {0x3000, 0x3000, look::blank},      // ideographic space
    {0x3164, 0x3164, look::hidden},     // Hangul filler
    {0xfe00, 0xfe0f, look::shaping},    // variation selectors
    {0xfeff, 0xfeff, look::hidden},     // byte order mark
    {0xffa0, 0xffa0, look::hidden},     // halfwidth Hangul filler
    {0xfff0, 0xfffb, look::hidden},     // unassigned, interlinear annotation
    {0x13430, 0x1343f, look::hidden},   // Egyptian format controls
    {0x16fe4, 0x16fe4, look::blank},    // Khitan filler
    {0x1bca0, 0x1bca3, look::hidden},   // shorthand format controls
    {0x1d159, 0x1d159, look::blank},    // null notehead
    {0x1d173, 0x1d17a, look::hidden},   // musical format controls
    {0xe0000, 0xe00ff, look::hidden},   // tags
    {0xe0100, 0xe01ef, look::shaping},  // ideographic variation selectors
    {0xe01f0, 0xe0fff, look::hidden},
};
static_assert(std::ranges::is_sorted(unseen, {}, &range::first));

look look_of(char32_t c) {
  const auto* behind = std::ranges::upper_bound(unseen, c, {}, &range::first);
  if (behind == std::begin(unseen))
    return look::shown;
  const auto& nearest = *std::prev(behind);
  return c <= nearest.last ? nearest.is : look::shown;
}

/// The character at `i`; moves `i` past it. The text must be valid UTF-8, as its reader made sure.
char32_t next_character(std::string_view text, std::size_t& i) {
  auto lead = static_cast<unsigned char>(text[i++]);
  if (lead < 0xc0)
    return lead;
  char32_t result = lead & (lead < 0xe0 ? 0x1f : lead < 0xf0 ? 0x0f : 0x07);
  for (; i < text.size() && (static_cast<unsigned char>(text[i]) & 0xc0) == 0x80; ++i)
    result = result << 6 | (static_cast<unsigned char>(text[i]) & 0x3f);
  return result;
}

bool is_control(char32_t c, text_lines lines) {
  bool layout = c == '\n' || c == '\r' || c == '\t';
  return (c < 0x20 && !(layout && lines == text_lines::many)) || c == 0x7f;
}

bool is_unreadable(char32_t c, text_lines lines) {
  return is_control(c, lines) || look_of(c) == look::hidden;
}

bool is_ink(char32_t c) {
  return c > ' ' && look_of(c) == look::shown;
}

}  // namespace

bool is_readable(std::string_view text, text_lines lines) {
  bool shows = is_blank(text);  // blank text is judged elsewhere
  for (std::size_t i = 0; i < text.size();) {
    auto c = next_character(text, i);
    if (is_unreadable(c, lines))
      return false;
    shows = shows || is_ink(c);
  }
  return shows;
}

std::string made_readable(std::string_view text, text_lines lines) {
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    auto from = i;
    auto c = next_character(text, i);
    result += is_unreadable(c, lines) ? "\ufffd" : text.substr(from, i - from);
  }
  return result;
}

std::string_view from_first_shown(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    auto from = i;
    if (is_ink(next_character(text, i)))
      return text.substr(from);
  }
  return {};
}

bool shows_all(std::string_view text) {
  for (std::size_t i = 0; i < text.size();)
    if (look_of(next_character(text, i)) != look::shown)
      return false;
  return true;
}

std::size_t count_characters(std::string_view text) {
  auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins));
}

void check_readable(std::string_view field, std::string_view text, std::vector<field_error>& errors,
                    text_lines lines) {
  if (!is_readable(text, lines))
    errors.push_back(
        {std::string{field},
         fmt::format("{} must show something, and have no control characters, none that are never "
                     "seen and none that turn the direction of writing.",
                     field)});
}

void check_distinct(std::string_view field, std::string_view text, std::vector<field_error>& errors) {
  if (is_readable(text) && !shows_all(text))
    errors.push_back({std::string{field},
                      fmt::format("{} must have no characters that are not seen, and no blanks but the plain "
                                  "one.",
                                  field)});
  else
    check_readable(field, text, errors);
}

}  // namespace musterd
