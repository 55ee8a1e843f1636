#pragma once

#include <string_view>

namespace musterd {

/// application/json, with no parameter other than charset=utf-8.
bool is_json(std::string_view content_type);
/// application/x-www-form-urlencoded.
bool is_form(std::string_view content_type);

}  // namespace musterd
