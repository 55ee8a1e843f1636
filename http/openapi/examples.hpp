#pragma once

#include <boost/json/object.hpp>

#include <string_view>

namespace musterd {

/// A value that fits `schema`, with the texts that members and parameters of that name have everywhere.
/// `schemas` are those it refers to; `name` is its own, where it has one. Null where anything fits.
boost::json::value example_of(const boost::json::object& schema, const boost::json::object& schemas,
                              std::string_view name = {});

}  // namespace musterd
