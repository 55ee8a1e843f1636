#include "common/json/json_schema.hpp"

namespace musterd {

std::string schema_name(std::string_view type_name) {
  std::string result;
  bool raise = true;
  for (std::size_t i = 0; i < type_name.size(); ++i) {
    if (type_name.substr(i).starts_with("musterd::")) {
      i += 8;
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
