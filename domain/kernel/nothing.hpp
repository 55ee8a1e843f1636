#pragma once

#include "common/json/described.hpp"

namespace musterd {

/// The answer of commands that have none, and the body of requests without one.
struct nothing {};
BOOST_DESCRIBE_STRUCT(nothing, (), ())

}  // namespace musterd
