#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace musterd {

/// "500ms", "30s", "15m", "6h": a whole positive number and one unit.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
/// In the largest unit that leaves no remainder: "90s", "6h".
std::string duration_text(std::chrono::milliseconds duration);

}  // namespace musterd
