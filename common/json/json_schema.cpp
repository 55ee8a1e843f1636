#include "common/json/json_schema.hpp"

#include <algorithm>
#include <array>

namespace musterd {

std::string schema_name(std::string_view type_name) {
  std::string result;
  bool raise = true;
  // How GCC and Clang spell an anonymous namespace.
  constexpr std::array<std::string_view, 3> left_out{"musterd::", "{anonymous}::", "(anonymous namespace)::"};
  for (std::size_t i = 0; i < type_name.size(); ++i) {
    auto skipped = std::ranges::find_if(left_out, [&](auto s) { return type_name.substr(i).starts_with(s); });
    if (skipped != left_out.end()) {
      i += skipped->size() - 1;
      raise = true;
      continue;
    }
    char c = type_name[i];
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter)
      result.push_back(raise ? detail::upper(c) : c);
    raise = !letter;  // '_', ':', '<' and ',' begin a word
  }
  return result;
}

namespace detail {

std::string nullable_schema(std::string schema) {
  constexpr std::string_view simple = R"({"type":")";
  if (!schema.starts_with(simple))
    return schema == "{}" ? schema : R"({"anyOf":[)" + schema + R"(,{"type":"null"}]})";
  auto end = schema.find('"', simple.size());
  auto type = schema.substr(simple.size(), end - simple.size());
  return R"({"type":[")" + type + R"(","null"])" + schema.substr(end + 1);
}

}  // namespace detail
}  // namespace musterd
