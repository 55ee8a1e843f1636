#pragma once

#include <boost/json/object.hpp>

#include <string_view>

namespace musterd {

/// A value that fits `schema`, the same text for the same name everywhere. `schemas`: those it refers to;
/// `name`: its own, if any. Null if anything fits.
boost::json::value example_of(const boost::json::object& schema, const boost::json::object& schemas,
                              std::string_view name = {});

}  // namespace musterd
