#pragma once

#include "http/auth/auth_paths.hpp"
#include "http/auth/tokens/token_issuer.hpp"

#include <optional>
#include <string>

namespace musterd {

/// The OpenID Connect Discovery 1.0 (3) document. Nullopt unless `auth.issuer` is an https URL (or http on
/// loopback): nobody could find it by its issuer otherwise.
std::optional<std::string> discovery_document(const token_issuer& issuer);

}  // namespace musterd
