#pragma once

#include "http/routing/route_table.hpp"

#include <boost/json/object.hpp>

#include <string>

namespace musterd {

/// Shared by the operations of a document.
struct document_parts {
  boost::json::object schemas, responses;
};

/// "clockIn" for "clock_in" and "clockIn".
std::string operation_id(std::string_view name);
/// "Clock in" for both.
std::string operation_title(std::string_view name);

/// The OpenAPI operation of a route; adds whatever it refers to to `parts`.
boost::json::object operation_of(const route& r, document_parts& parts);

}  // namespace musterd
