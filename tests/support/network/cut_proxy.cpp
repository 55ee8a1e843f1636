#include "tests/support/network/cut_proxy.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

namespace musterd::testing {
namespace {

sockaddr_in address(const std::string& host, int port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(static_cast<std::uint16_t>(port));
  inet_pton(AF_INET, host == "localhost" ? "127.0.0.1" : host.c_str(), &result.sin_addr);
  return result;
}

}  // namespace

cut_proxy::cut_proxy(std::string host, int port)
    : host_{std::move(host)}, target_port_{port}, listener_{::socket(AF_INET, SOCK_STREAM, 0)} {
  auto here = address("127.0.0.1", 0);
  socklen_t size = sizeof here;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&here), size) != 0 || ::listen(listener_, 16) != 0)
    throw std::runtime_error{"the proxy cannot listen"};
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&here), &size);
  port_ = ntohs(here.sin_port);
  acceptor_ = std::jthread{[this](const std::stop_token& stop) { accept_all(stop); }};
}

cut_proxy::~cut_proxy() {
  acceptor_.request_stop();
  acceptor_.join();
  cut();
  pumps_.clear();
  for (auto socket : sockets_)
    ::close(socket);
  ::close(listener_);
}

void cut_proxy::cut() {
  cut_ = true;
  std::scoped_lock lock{mutex_};
  for (auto socket : sockets_)
    ::shutdown(socket, SHUT_RDWR);
}

void cut_proxy::desert_server() {
  std::scoped_lock lock{mutex_};
  deserted_ = static_cast<int>(sockets_.size());
  for (std::size_t i = 0; i < sockets_.size(); i += 2)
    ::shutdown(sockets_[i], SHUT_RDWR);
}

void cut_proxy::freeze_present() {
  std::scoped_lock lock{mutex_};
  frozen_before_ = static_cast<int>(sockets_.size());
}

void cut_proxy::freeze_told_apart_at(std::string text) {
  std::scoped_lock lock{mutex_};
  freezing_at_ = std::move(text);
}

void cut_proxy::look_for_freezing_text(std::string_view bytes, int number) {
  std::scoped_lock lock{mutex_};
  if (!freezing_at_.empty() && told_apart_.contains(number) &&
      bytes.find(freezing_at_) != std::string_view::npos) {
    told_apart_frozen_ = true;
    freezing_at_.clear();
  }
}

void cut_proxy::accept_all(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    pollfd waiting{listener_, POLLIN, 0};
    if (::poll(&waiting, 1, 20) <= 0)
      continue;
    auto client = ::accept(listener_, nullptr, nullptr);
    auto target = address(host_, target_port_);
    auto server = ::socket(AF_INET, SOCK_STREAM, 0);
    if (cut_ || ::connect(server, reinterpret_cast<sockaddr*>(&target), sizeof target) != 0) {
      ::close(client);
      ::close(server);
      continue;
    }
    ++connections_;
    std::scoped_lock lock{mutex_};
    auto number = static_cast<int>(sockets_.size());
    sockets_.insert(sockets_.end(), {client, server});
    pumps_.emplace_back([=, this] { pump(client, server, number); });
    pumps_.emplace_back([=, this] { pump(server, client, number); });
  }
}

bool cut_proxy::holds_back(std::string_view text) {
  std::scoped_lock lock{mutex_};
  return std::any_of(held_back_.begin(), held_back_.end(),
                     [&](const auto& bytes) { return bytes.find(text) != std::string::npos; });
}

bool cut_proxy::is_frozen(int number) {
  if (number < frozen_before_)
    return true;
  if (!told_apart_frozen_)
    return false;
  std::scoped_lock lock{mutex_};
  return told_apart_.contains(number);
}

void cut_proxy::hold_back(std::string_view bytes, int number) {
  auto held = [&] {
    std::scoped_lock lock{mutex_};
    return held_back_.emplace(held_back_.end(), bytes);
  }();
  while (is_frozen(number) && !cut_)
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  std::scoped_lock lock{mutex_};
  held_back_.erase(held);
}

void cut_proxy::pump(int from, int to, int number) {
  char buffer[16384];
  std::string seen;
  for (;;) {
    auto got = ::read(from, buffer, sizeof buffer);
    if (got > 0 && !telling_.empty())
      look_for_freezing_text({buffer, static_cast<std::size_t>(got)}, number);
    if (got > 0 && is_frozen(number))
      hold_back({buffer, static_cast<std::size_t>(got)}, number);
    if (got > 0 && !telling_.empty() &&
        std::string_view{buffer, static_cast<std::size_t>(got)}.find(telling_) != std::string_view::npos) {
      std::scoped_lock lock{mutex_};
      told_apart_.insert(number);
    }
    if (got > 0 && !(deadly_.empty() && silent_at_.empty())) {
      seen.append(buffer, static_cast<std::size_t>(got));
      if (!deadly_.empty() && seen.find(deadly_) != std::string::npos)
        break;
      if (silencing_ && !silent_at_.empty() && seen.find(silent_at_) != std::string::npos) {
        ++silenced_;
        while (!cut_)
          std::this_thread::sleep_for(std::chrono::milliseconds{5});
      }
      seen.erase(0, seen.size() - std::min(seen.size(), std::max(deadly_.size(), silent_at_.size())));
    }
    if (got <= 0 || ::send(to, buffer, static_cast<std::size_t>(got), MSG_NOSIGNAL) != got)
      break;
  }
  if (number < deserted_)
    return;
  ::shutdown(from, SHUT_RDWR);
  ::shutdown(to, SHUT_RDWR);
}

}  // namespace musterd::testing
