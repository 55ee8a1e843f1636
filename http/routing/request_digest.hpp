#pragma once

#include "http/message/request.hpp"

#include <array>

namespace musterd {

/// A secret shared by all nodes. Without it, nobody can guess a request's password from its digest.
using request_key = std::array<std::uint8_t, 32>;

/// Distinguishes requests with the same Idempotency-Key: by method, path, query and body.
std::string request_digest(const http_request& request, const request_key& key);

}  // namespace musterd
