#pragma once

#include <cstddef>
#include <string_view>

namespace musterd {

/// How many bytes from `at` on are the number of a payment card (ISO/IEC 7812): 13 to 19 digits, whole or in
/// groups, that pass the Luhn check; 0 for none. `at` is the first digit of a group. The longest one counts.
std::size_t card_number_at(std::string_view text, std::size_t at);

}  // namespace musterd
