#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace musterd {

/// Size limit of a fetched document, and of a file in its place.
inline constexpr std::size_t largest_document = 512 * 1024;

/// Where keys may come from.
enum class fetch_policy {
  https_only,
  /// Also http on loopback: for tests and development.
  http_on_loopback,
};

/// Empty if the URL may be fetched; otherwise what is wrong with it.
std::string why_not_fetched(const std::string& url, fetch_policy policy);

/// GETs a small document within 5 seconds and `largest_document`; no redirects, certificates checked. Blocks.
/// Throws std::runtime_error.
std::string fetch(const std::string& url, fetch_policy policy);

}  // namespace musterd
