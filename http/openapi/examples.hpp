#pragma once

#include <boost/json/object.hpp>

#include <string_view>

namespace musterd {

/// A value that fits `schema`, with the same text wherever a member or parameter has the same name. `schemas`
/// are those it refers to; `name` is its own, if any. Null if anything fits.
boost::json::value example_of(const boost::json::object& schema, const boost::json::object& schemas,
                              std::string_view name = {});

}  // namespace musterd
