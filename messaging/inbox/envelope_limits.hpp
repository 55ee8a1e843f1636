#pragma once

#include "common/text/text.hpp"

#include <string>

/// What events are named and traced by goes on into headers, columns, log lines and short strings of AMQP:
/// the same limits hold as for requests.
namespace musterd {

inline constexpr std::size_t longest_name = 128;

inline bool is_plain_name(std::string_view text) {
  return !text.empty() && text.size() <= longest_name && is_printable_ascii(text);
}

/// `text` as far as it keeps to the limits.
inline std::string plain_name(std::string_view text) {
  return plain_text(text, longest_name);
}

}  // namespace musterd
