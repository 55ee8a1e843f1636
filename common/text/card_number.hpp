#pragma once

#include <cstddef>
#include <string_view>

namespace musterd {

/// Length in bytes of the payment card number (ISO/IEC 7812) at `at`, the first digit of a group: 13 to 19
/// digits, whole or in groups, that pass the Luhn check. The longest match counts; 0 for none.
std::size_t card_number_at(std::string_view text, std::size_t at);

}  // namespace musterd
