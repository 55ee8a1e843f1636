#pragma once

#include "common/fault.hpp"

#include <string_view>

namespace musterd {

enum class text_lines { one, many };

/// Whether UTF-8 text is what it looks like. It must have no control characters (but line breaks and tabs in
/// `many` lines), none that change the writing direction, which make one name look like another, no invisible
/// ones that no script needs, and at least one that shows unless it is blank.
bool is_readable(std::string_view text, text_lines lines = text_lines::one);

/// The text with U+FFFD for each character that `is_readable` refuses; for foreign text that passed no check
/// of ours.
std::string made_readable(std::string_view text, text_lines lines = text_lines::one);

/// The text without its leading blanks and invisible characters.
std::string_view from_first_shown(std::string_view text);

/// Whether every character shows and all blanks are ASCII, so that no other such text looks the same.
bool shows_all(std::string_view text);

/// Counts the code points of UTF-8 text.
std::size_t count_characters(std::string_view text);

/// The one check for every field that people read.
void check_readable(std::string_view field, std::string_view text, std::vector<field_error>& errors,
                    text_lines lines = text_lines::one);

/// The same for names that are told apart by their spelling; `shows_all` is required too.
void check_distinct(std::string_view field, std::string_view text, std::vector<field_error>& errors);

}  // namespace musterd
