#include "domain/kernel/sql_value.hpp"

namespace musterd {

void append_quoted_element(std::string& out, std::string_view text) {
  out.push_back('"');
  for (std::size_t from = 0;;) {
    auto special = text.find_first_of("\"\\", from);
    out.append(text.substr(from, special - from));
    if (special == std::string_view::npos)
      break;
    out.push_back('\\');
    out.push_back(text[special]);
    from = special + 1;
  }
  out.push_back('"');
}

}  // namespace musterd
