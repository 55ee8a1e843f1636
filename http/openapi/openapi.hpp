#pragma once

#include "http/routing/route_table.hpp"

#include <string>
#include <string_view>

namespace musterd {

/// The OpenAPI 3.1 document of the table. The same table yields the same bytes.
std::string openapi_document(const route_table& routes, std::string_view version);

}  // namespace musterd
