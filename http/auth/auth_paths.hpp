#pragma once

#include <string_view>

/// Routes that other parts refer to by path.
namespace musterd {

inline constexpr std::string_view token_path = "/api/security/auth/token";
inline constexpr std::string_view jwks_path = "/.well-known/jwks.json";
inline constexpr std::string_view discovery_path = "/.well-known/openid-configuration";

}  // namespace musterd
