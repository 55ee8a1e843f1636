#pragma once

#include <cstddef>
#include <string_view>

namespace musterd {

/// Length in bytes of the longest payment card number (ISO/IEC 7812) at `at`, the first digit of a group; 0
/// for none. Has 13 to 19 digits, whole or in groups, that pass the Luhn check.
std::size_t card_number_at(std::string_view text, std::size_t at);

}  // namespace musterd
