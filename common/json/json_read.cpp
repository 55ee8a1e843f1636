#include "common/json/json_read.hpp"

namespace musterd {

void json_errors::add(std::string_view message_after_field) {
  if (errors_.size() == most_field_errors) {
    ++unnamed_;
    return;
  }
  errors_.push_back(
      {path_, std::string{path_.empty() ? std::string_view{"The body"} : path_}.append(message_after_field)});
}

bool detail::has_nul(std::string_view json) {
  for (std::size_t at = json.find('\\'); at != std::string_view::npos; at = json.find('\\', at + 2))
    if (json.substr(at + 1).starts_with("u0000"))
      return true;
  return false;
}

}  // namespace musterd
