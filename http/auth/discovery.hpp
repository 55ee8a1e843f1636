#pragma once

#include "http/auth/auth_paths.hpp"
#include "http/auth/tokens/token_issuer.hpp"

#include <optional>
#include <string>

namespace musterd {

/// What OpenID Connect Discovery 1.0 (3) says of this server: made of what tokens, keys and routes are.
/// Nothing where `auth.issuer` is no https URL (or http, of this machine): then nobody could find it by its
/// issuer.
std::optional<std::string> discovery_document(const token_issuer& issuer);

}  // namespace musterd
