#include "messaging/inbox/storable_text.hpp"

#include "common/text/text.hpp"

#include <algorithm>

namespace musterd {
namespace {

/// Length of the UTF-8 sequence at `text[0]`; 0 if invalid.
std::size_t sequence_length(std::string_view text) {
  auto lead = static_cast<unsigned char>(text[0]);
  std::size_t length = lead < 0x80   ? 1
                       : lead < 0xc2 ? 0
                       : lead < 0xe0 ? 2
                       : lead < 0xf0 ? 3
                       : lead < 0xf5 ? 4
                                     : 0;
  if (length > text.size())
    return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80)
      return 0;
  if (length < 3)
    return length;
  auto second = static_cast<unsigned char>(text[1]);
  bool too_long = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
  bool out_of_range = (lead == 0xed && second >= 0xa0) || (lead == 0xf4 && second >= 0x90);
  return too_long || out_of_range ? 0 : length;
}

}  // namespace

std::string storable_text(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    auto length = text[0] == '\0' ? 0 : sequence_length(text);
    if (length == 0)
      result.push_back('?');
    else
      result.append(text, 0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return result;
}

std::string storable_error(std::string_view error) {
  return storable_text(cut_text(error, 2000));
}

}  // namespace musterd
