#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace musterd {

using chain_hash = std::array<std::uint8_t, 32>;

std::string to_hex(const chain_hash& hash);
std::optional<chain_hash> hash_from_hex(std::string_view hex);

/// The secret key of the audit chains' hashes. Kept in a file next to the database, never in it: its owner
/// can change rows, but cannot compute matching hashes.
class audit_key {
 public:
  static audit_key generate();
  /// Creates the file (mode 0600) at the first start. Throws std::runtime_error if it cannot be used.
  static audit_key load_or_create(const std::string& path);
  /// Throws std::runtime_error without a usable file.
  static audit_key load(const std::string& path);

  /// Keyed BLAKE2b over the parts, each with its length.
  chain_hash hash(std::initializer_list<std::string_view> parts) const;

 private:
  std::array<std::uint8_t, 32> bytes_{};
};

}  // namespace musterd
