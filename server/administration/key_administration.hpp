#pragma once

#include "http/auth/keys/key_ring.hpp"

#include <string>
#include <vector>

/// An operator's view of the signing keys, with or without a running server.
namespace musterd {

struct server_settings;

/// Announces a new key in this node's file; servers start signing with it, without a restart, once everybody
/// has had time to learn it. Returns its id. Throws std::runtime_error, changing nothing, if one is announced
/// already, or the keys of the trail and of the file cannot be used.
std::string announce_signing_key(const server_settings& settings);

/// All keys that access tokens are verified with, oldest first.
std::vector<key_view> list_signing_keys(const server_settings& settings);

}  // namespace musterd
