#include "common/text/random_text.hpp"

#include <random>
#include <string_view>

namespace musterd {

std::string random_text(std::size_t length) {
  constexpr std::string_view letters = "abcdefghijkmnpqrstuvwxyz23456789";
  std::random_device random;  // the operating system's source
  std::string result;
  while (result.size() < length)
    result += letters[random() % letters.size()];
  return result;
}

}  // namespace musterd
