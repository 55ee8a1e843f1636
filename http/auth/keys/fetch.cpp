#include "http/auth/keys/fetch.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

namespace musterd {
namespace {

constexpr long longest_ms = 5000, longest_connect_ms = 3000;
constexpr long ok = 200;

std::size_t append(char* data, std::size_t, std::size_t size, void* to) {
  auto& body = *static_cast<std::string*>(to);
  if (body.size() + size > largest_document)
    return 0;  // makes curl give up
  body.append(data, size);
  return size;
}

/// A part of a URL, as parsed by curl itself.
std::string part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK)
    return {};
  std::unique_ptr<char, void (*)(void*)> held{text, curl_free};
  return text;
}

bool is_loopback(const std::string& host) {
  bool is_v4 = host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos;
  return is_v4 || host == "[::1]" || host == "localhost";
}

}  // namespace

std::string why_not_fetched(const std::string& text, fetch_policy policy) {
  std::unique_ptr<CURLU, void (*)(CURLU*)> url{curl_url(), curl_url_cleanup};
  if (!url || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK)
    return text + " is no URL";
  if (!part_of(url.get(), CURLUPART_USER).empty() || !part_of(url.get(), CURLUPART_FRAGMENT).empty())
    return text + " must have neither user nor fragment";
  auto scheme = part_of(url.get(), CURLUPART_SCHEME);
  bool http_is_allowed =
      policy == fetch_policy::http_on_loopback && is_loopback(part_of(url.get(), CURLUPART_HOST));
  if (scheme != "https" && !(scheme == "http" && http_is_allowed))
    return text + " must be an https URL";
  return {};
}

std::string fetch(const std::string& url, fetch_policy policy) {
  static const auto ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (auto why = why_not_fetched(url, policy); !why.empty())
    throw std::runtime_error{why};
  std::unique_ptr<CURL, void (*)(CURL*)> handle{ready == CURLE_OK ? curl_easy_init() : nullptr,
                                                curl_easy_cleanup};
  if (!handle)
    throw std::runtime_error{"libcurl could not be initialized"};
  std::string body;
  auto* h = handle.get();
  curl_easy_setopt(h, CURLOPT_URL, url.c_str());
  curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, longest_ms);
  curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, longest_connect_ms);
  curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(h, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, append);
  curl_easy_setopt(h, CURLOPT_WRITEDATA, &body);
  if (auto code = curl_easy_perform(h); code != CURLE_OK)
    throw std::runtime_error{fmt::format("{}: {}", url, curl_easy_strerror(code))};
  long status = 0;
  curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
  if (status != ok)
    throw std::runtime_error{fmt::format("{} answered {}", url, status)};
  return body;
}

}  // namespace musterd
