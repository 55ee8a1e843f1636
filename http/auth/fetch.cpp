#include "http/auth/fetch.hpp"

#include <curl/curl.h>

#include <memory>
#include <stdexcept>

namespace musterd {
namespace {

constexpr std::size_t max_size = 512 * 1024;

std::size_t append(char* data, std::size_t, std::size_t size, void* to) {
  auto& body = *static_cast<std::string*>(to);
  if (body.size() + size > max_size)
    return 0;  // makes curl give up
  body.append(data, size);
  return size;
}

}  // namespace

std::string fetch(const std::string& url) {
  static const auto ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  std::unique_ptr<CURL, void (*)(CURL*)> handle{ready == CURLE_OK ? curl_easy_init() : nullptr,
                                                curl_easy_cleanup};
  if (!handle)
    throw std::runtime_error{"libcurl could not be initialized"};
  std::string body;
  auto* h = handle.get();
  curl_easy_setopt(h, CURLOPT_URL, url.c_str());
  curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, 5000L);
  curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(h, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, append);
  curl_easy_setopt(h, CURLOPT_WRITEDATA, &body);
  if (auto code = curl_easy_perform(h); code != CURLE_OK)
    throw std::runtime_error{url + ": " + curl_easy_strerror(code)};
  return body;
}

}  // namespace musterd
