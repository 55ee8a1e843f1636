#pragma once

#include "http/auth/jose_key.hpp"

#include <string>

/// The file that holds our signing keys: a JWK Set, the current key with its private part first, previous
/// ones behind it for tokens that are still about. Mode 0600; a file that others may read is refused.
namespace musterd {

/// Makes the file with a new key if there is none; processes that start together agree on one. Throws
/// std::runtime_error if it cannot be used.
jose_key_set load_or_create_signing_keys(const std::string& path);

/// What the file holds now. Throws std::runtime_error.
jose_key_set load_signing_keys(const std::string& path);

/// Puts a new key in front and keeps the public part of the one before. Servers take it up when they restart,
/// or when they meet a token it signed.
void rotate_signing_keys(const std::string& path);

}  // namespace musterd
