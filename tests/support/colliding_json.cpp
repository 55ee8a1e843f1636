#include "tests/support/colliding_json.hpp"

#include <cstdint>
#include <string_view>

namespace musterd::testing {
namespace {

constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
constexpr std::uint64_t place_in_page = 0x50, page = 0xfff;

std::string name_of(std::uint64_t number) {
  std::string result(6, ' ');
  for (auto& c : result) {
    c = letters[number % letters.size()];
    number /= letters.size();
  }
  return result;
}

std::uint64_t hash_of(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325 + place_in_page;
  for (char c : name)
    hash = (static_cast<std::uint64_t>(c) ^ hash) * 0x100000001b3;
  return hash;
}

}  // namespace

std::string colliding_object(std::size_t members) {
  std::string result = "{";
  std::size_t found = 0;
  for (std::uint64_t number = 0; found < members; ++number) {
    auto name = name_of(number);
    if ((hash_of(name) & page) != 0)
      continue;
    result += found++ == 0 ? "\"" : ",\"";
    result += name + "\":1";
  }
  return result + "}";
}

}  // namespace musterd::testing
