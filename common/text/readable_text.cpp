#include "common/text/readable_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace musterd {
namespace {

/// Beyond ASCII, by the bytes that follow `lead`: C1 controls, the Arabic letter mark, line and paragraph
/// separators, and the marks, embeddings, overrides and isolates of bidirectional text.
bool is_deceptive(unsigned char lead, unsigned char second, unsigned char third) {
  if (lead == 0xc2)
    return second >= 0x80 && second <= 0x9f;
  if (lead == 0xd8)
    return second == 0x9c;
  if (lead != 0xe2)
    return false;
  if (second == 0x80)
    return third == 0x8e || third == 0x8f || (third >= 0xa8 && third <= 0xae);
  return second == 0x81 && third >= 0xa6 && third <= 0xa9;
}

}  // namespace

bool is_readable(std::string_view text, text_lines lines) {
  auto at = [text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : '\0'; };
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto c = at(i);
    bool layout = c == '\n' || c == '\r' || c == '\t';
    if ((c < 0x20 && !(layout && lines == text_lines::many)) || c == 0x7f)
      return false;
    if (c >= 0xc0 && is_deceptive(c, at(i + 1), at(i + 2)))
      return false;
  }
  return true;
}

std::size_t count_characters(std::string_view text) {
  auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins));
}

void check_readable(std::string_view field, std::string_view text, std::vector<field_error>& errors,
                    text_lines lines) {
  if (!is_readable(text, lines))
    errors.push_back({std::string{field},
                      fmt::format("{} must have no control characters and none that turn the direction of "
                                  "writing.",
                                  field)});
}

}  // namespace musterd
