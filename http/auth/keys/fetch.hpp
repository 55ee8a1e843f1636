#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace musterd {

/// What a fetched document may have at most, and a file in its place.
inline constexpr std::size_t largest_document = 512 * 1024;

/// From where keys may come.
enum class fetch_policy {
  https_only,
  /// Also http, from this machine: for tests and development.
  http_on_loopback,
};

/// Nothing for a URL that may be fetched; otherwise what is wrong with it.
std::string why_not_fetched(const std::string& url, fetch_policy policy);

/// GETs a small document: at most 5 seconds, `largest_document` and no redirects, certificates checked.
/// Blocks. Throws std::runtime_error.
std::string fetch(const std::string& url, fetch_policy policy);

}  // namespace musterd
