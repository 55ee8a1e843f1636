#include "tests/support/http_client.hpp"

#include "tests/support/answer_watcher.hpp"
#include "tests/support/network/certificates.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace musterd::testing {
namespace {

size_t collect_body(char* data, size_t, size_t size, void* into) {
  static_cast<http_answer*>(into)->body.append(data, size);
  return size;
}

size_t collect_header(char* data, size_t, size_t size, void* into) {
  std::string line{data, size};
  auto colon = line.find(':');
  if (colon == std::string::npos)
    return size;
  auto name = line.substr(0, colon);
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  auto from = line.find_first_not_of(" \t", colon + 1), to = line.find_last_not_of(" \t\r\n");
  auto value = from == std::string::npos || to < from ? std::string{} : line.substr(from, to - from + 1);
  static_cast<http_answer*>(into)->headers[name] = std::move(value);
  return size;
}

answer_watcher& watcher_of_all() {
  static answer_watcher watcher;
  return watcher;
}

struct header_list {
  curl_slist* lines = nullptr;
  header_list() = default;
  header_list(const header_list&) = delete;
  header_list& operator=(const header_list&) = delete;
  ~header_list() { curl_slist_free_all(lines); }
  void add(const std::string& name, const std::string& value) {
    lines = curl_slist_append(lines, (name + ": " + value).c_str());
  }
};

}  // namespace

void watch_answers(answer_watcher watcher) {
  watcher_of_all() = std::move(watcher);
}

struct http_client::handle {
  CURL* easy = nullptr;
  handle() {
    static const auto ready = curl_global_init(CURL_GLOBAL_DEFAULT);
    easy = ready == CURLE_OK ? curl_easy_init() : nullptr;
    if (easy == nullptr)
      throw std::runtime_error{"libcurl cannot be used"};
  }
  handle(const handle&) = delete;
  handle& operator=(const handle&) = delete;
  ~handle() { curl_easy_cleanup(easy); }
};

std::string http_answer::header(std::string_view lower_case_name) const {
  auto found = headers.find(std::string{lower_case_name});
  return found == headers.end() ? std::string{} : found->second;
}

http_client::http_client(std::string base, std::chrono::milliseconds timeout)
    : base_{std::move(base)}, handle_{std::make_unique<handle>()} {
  auto* easy = handle_->easy;
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(timeout.count()));
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
  if (base_.starts_with("https://"))
    curl_easy_setopt(easy, CURLOPT_CAINFO, test_authority().file().c_str());
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, collect_body);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, collect_header);
}

http_client::~http_client() = default;

void http_client::come_from(const std::string& address) {
  curl_easy_setopt(handle_->easy, CURLOPT_INTERFACE, address.c_str());
}

bool http_client::has_reconnected() const {
  long connections = 0;
  curl_easy_getinfo(handle_->easy, CURLINFO_NUM_CONNECTS, &connections);
  return connections > 0;
}

std::optional<http_answer> http_client::try_send(const std::string& method, const std::string& path,
                                                 const http_message& message) {
  auto* easy = handle_->easy;
  header_list lines;
  if (!token_.empty() && !message.headers.contains("Authorization"))
    lines.add("Authorization", "Bearer " + token_);
  if (message.body && !message.headers.contains("Content-Type"))
    lines.add("Content-Type", "application/json");
  lines.add("Expect", "");
  for (const auto& [name, value] : message.headers)
    lines.add(name, value);

  http_answer answer;
  curl_easy_setopt(easy, CURLOPT_URL, (base_ + path).c_str());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, lines.lines);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, nullptr);
  curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
  if (message.body) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(message.body->size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, message.body->data());
  }
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method.c_str());
  curl_easy_setopt(easy, CURLOPT_NOBODY, method == "HEAD" ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &answer);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &answer);
  auto result = curl_easy_perform(easy);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, nullptr);
  if (result != CURLE_OK)
    return std::nullopt;
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  if (const auto& watcher = watcher_of_all())
    watcher(method, path, message, answer);
  return answer;
}

http_answer http_client::send(const std::string& method, const std::string& path,
                              const http_message& message) {
  if (auto answer = try_send(method, path, message))
    return std::move(*answer);
  throw std::runtime_error{"no answer to " + method + ' ' + path};
}

}  // namespace musterd::testing
