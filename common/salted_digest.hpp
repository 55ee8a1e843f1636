#pragma once

#include <string>
#include <string_view>

namespace musterd {

/// BLAKE2b-256 of a value under a name, in hex. Without the salt nobody can tell whether a guess is right.
std::string salted_digest(std::string_view salt, std::string_view name, std::string_view value);

}  // namespace musterd
