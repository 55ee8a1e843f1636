#pragma once

#include "common/text/text.hpp"

#include <string>

/// Names and trace ids of events go on into headers, columns, log lines and AMQP short strings, so the same
/// limits hold as for requests.
namespace musterd {

inline constexpr std::size_t longest_name = 128;

inline bool is_plain_name(std::string_view text) {
  return !text.empty() && text.size() <= longest_name && is_printable_ascii(text);
}

/// `text` reduced to these limits.
inline std::string plain_name(std::string_view text) {
  return plain_text(text, longest_name);
}

}  // namespace musterd
