#pragma once

#include "http/auth/keys/key_ring.hpp"

#include <string>
#include <vector>

/// Signing keys as an operator sees them, beside a running server or without one.
namespace musterd {

struct server_settings;

/// Announces a new key in this node's file; servers begin to sign with it once everybody has had time to know
/// it, and need no restart. Answers its id. Throws std::runtime_error where one is announced already, or the
/// keys of the trail and of the file cannot be used: then nothing was changed.
std::string announce_signing_key(const server_settings& settings);

/// All keys that access tokens are verified with, the oldest first.
std::vector<key_view> list_signing_keys(const server_settings& settings);

}  // namespace musterd
