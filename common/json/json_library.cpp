// The one translation unit that compiles Boost.JSON, so no separate library has to match its version.
#include <boost/json/src.hpp>
