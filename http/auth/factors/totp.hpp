#pragma once

#include "common/time/time.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Time-based one-time passwords as authenticators make them (RFC 6238: SHA-1, 6 digits, 30 s).
namespace musterd {

/// The length recommended by RFC 4226, 4.
using totp_secret = std::array<std::uint8_t, 20>;

std::int64_t totp_step(timestamp at);
std::string totp_code(const totp_secret& secret, std::int64_t step);

/// The step that the code belongs to: the current one or a neighbour, for clocks that are off.
std::optional<std::int64_t> matching_step(const totp_secret& secret, std::string_view code, timestamp now);

/// In base32, for typing in.
std::string shown_secret(const totp_secret& secret);
/// For a QR code that authenticators read: `account` at `issuer`.
std::string otpauth_uri(std::string_view issuer, std::string_view account, const totp_secret& secret);

}  // namespace musterd
