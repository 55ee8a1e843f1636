#pragma once

#include "http/message/request.hpp"

#include <array>

namespace musterd {

/// A secret that all nodes share. Without it nobody can tell from a digest which password a request had.
using request_key = std::array<std::uint8_t, 32>;

/// What tells a request apart from others with its Idempotency-Key: method, path, query and body.
std::string request_digest(const http_request& request, const request_key& key);

}  // namespace musterd
