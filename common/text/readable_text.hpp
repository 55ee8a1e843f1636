#pragma once

#include "common/fault.hpp"

#include <string_view>

namespace musterd {

enum class text_lines { one, many };

/// Whether UTF-8 text is what it looks like: no control characters (but line breaks and tabs where there may
/// be many lines), none that turn the direction of writing, with which one name shows as another, and none
/// that are never seen, but those that some scripts are written with. Text of nothing but such or of blanks
/// beyond ASCII shows nothing, and is not readable either.
bool is_readable(std::string_view text, text_lines lines = text_lines::one);

/// The text with U+FFFD for each character that `is_readable` would not have: for what others said and no
/// field of ours refused.
std::string made_readable(std::string_view text, text_lines lines = text_lines::one);

/// The text without the blanks and hidden characters it begins with.
std::string_view from_first_shown(std::string_view text);

/// Whether no other readable text looks the same for what it does not show: every character shows, and
/// blanks are those of ASCII.
bool shows_all(std::string_view text);

/// Of UTF-8 text.
std::size_t count_characters(std::string_view text);

/// The one check of all fields that people read.
void check_readable(std::string_view field, std::string_view text, std::vector<field_error>& errors,
                    text_lines lines = text_lines::one);

/// The same of names that are told apart by how they are written.
void check_distinct(std::string_view field, std::string_view text, std::vector<field_error>& errors);

}  // namespace musterd
