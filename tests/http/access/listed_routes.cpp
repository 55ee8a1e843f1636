#include "tests/http/access/listed_routes.hpp"

#include <algorithm>
#include <regex>

namespace musterd::testing {

std::string listed_route::path_with(const std::string& id) const {
  static const std::regex key{"\\{permissionKey\\}"}, parameter{"\\{[^}]*\\}"};
  return std::regex_replace(std::regex_replace(path, key, "people:person:view"), parameter, id);
}

std::vector<listed_route> listed_routes(company_server& at) {
  std::vector<listed_route> result;
  auto document = json_of(at.client().get("/openapi.json"));
  for (const auto& [path, methods] : document.at("paths").as_object())
    for (const auto& [method, operation] : methods.as_object()) {
      std::string verb{method};
      for (auto& c : verb)
        c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      result.push_back({verb, std::string{path}, text_at(operation, "/x-access"),
                        text_at(operation, "/x-permission"), text_at(operation, "/x-people")});
    }
  // By path, not in document order: /api/audit comes early, before the trail has the caller's own requests.
  std::ranges::stable_sort(result, {}, &listed_route::path);
  return result;
}

http_message message_for(const listed_route& route, const std::string& body) {
  if (route.method == "GET" || route.method == "DELETE")
    return {};
  return {{}, body};
}

}  // namespace musterd::testing
