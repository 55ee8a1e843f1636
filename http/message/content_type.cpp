#include "http/message/content_type.hpp"

#include "http/message/text.hpp"

namespace musterd {
namespace {

std::string_view media_type(std::string_view content_type) {
  return trimmed(content_type.substr(0, content_type.find(';')));
}

}  // namespace

bool is_json(std::string_view content_type) {
  if (!equals_ignoring_case(media_type(content_type), "application/json"))
    return false;
  auto end = std::min(content_type.find(';'), content_type.size());
  auto rest = trimmed(content_type.substr(std::min(end + 1, content_type.size())));
  return rest.empty() || equals_ignoring_case(rest, "charset=utf-8") ||
         equals_ignoring_case(rest, "charset=\"utf-8\"");
}

bool is_form(std::string_view content_type) {
  return equals_ignoring_case(media_type(content_type), "application/x-www-form-urlencoded");
}

}  // namespace musterd
