#pragma once

#include "common/fault.hpp"

#include <string_view>

namespace musterd {

enum class text_lines { one, many };

/// Whether UTF-8 text is what it looks like: no control characters (but line breaks and tabs where there may
/// be many lines), and none that turn the direction of writing, with which one name shows as another.
bool is_readable(std::string_view text, text_lines lines = text_lines::one);

/// Of UTF-8 text.
std::size_t count_characters(std::string_view text);

/// The one check of all fields that people read.
void check_readable(std::string_view field, std::string_view text, std::vector<field_error>& errors,
                    text_lines lines = text_lines::one);

}  // namespace musterd
