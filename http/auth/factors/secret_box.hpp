#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace musterd {

/// Seals secrets that the database must not know (XChaCha20-Poly1305), under a key from a file.
class secret_box {
 public:
  static secret_box generate();
  /// Creates the file (mode 0600) at the first start. Throws std::runtime_error if it is unusable.
  static secret_box load_or_create(const std::string& path);

  /// `whose` is not stored but needed to open: a text moved to another row stays shut.
  std::string seal(std::span<const std::uint8_t> secret, std::string_view whose) const;
  std::optional<std::vector<std::uint8_t>> open(std::string_view sealed, std::string_view whose) const;

 private:
  std::array<std::uint8_t, 32> key_{};
};

}  // namespace musterd
