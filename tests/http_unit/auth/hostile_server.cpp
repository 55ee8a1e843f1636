#include "tests/http_unit/auth/hostile_server.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>

namespace musterd::testing {
namespace {

constexpr std::chrono::seconds deadline{20};

bool is_readable(int fd) {
  pollfd p{fd, POLLIN, 0};
  return ::poll(&p, 1, 50) == 1;
}

/// Until the client stops reading.
void send_all(int client, std::string_view bytes) {
  while (!bytes.empty()) {
    auto sent = ::send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0)
      return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string path_of_request(int client) {
  std::string request;
  char part[2048];
  while (request.find("\r\n\r\n") == std::string::npos) {
    auto size = ::recv(client, part, sizeof part, 0);
    if (size <= 0)
      return {};
    request.append(part, static_cast<std::size_t>(size));
  }
  auto from = request.find(' ') + 1;
  return request.substr(from, request.find(' ', from) - from);
}

}  // namespace

hostile_server::hostile_server() : listener_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, generic, &size) != 0)
    throw std::runtime_error{"cannot listen"};
  port_ = ntohs(address.sin_port);
  thread_ = std::jthread{[this] { serve(); }};
}

hostile_server::~hostile_server() {
  stopping_ = true;
  thread_.join();
  ::close(listener_);
}

void hostile_server::answer(const std::string& path, std::string bytes) {
  std::lock_guard lock{mutex_};
  behaviors_[path] = {std::move(bytes), false};
}

void hostile_server::hold(const std::string& path) {
  std::lock_guard lock{mutex_};
  behaviors_[path] = {{}, true};
}

int hostile_server::asked(const std::string& path) {
  std::lock_guard lock{mutex_};
  return asked_[path];
}

void hostile_server::await(const std::string& path) {
  std::unique_lock lock{mutex_};
  if (!changed_.wait_for(lock, deadline, [&] { return asked_[path] > 0; }))
    throw std::runtime_error{path + " was not asked for in time"};
}

void hostile_server::serve() {
  while (!stopping_) {
    if (!is_readable(listener_))
      continue;
    auto client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    serve_one(client);
    ::close(client);
  }
}

void hostile_server::serve_one(int client) {
  auto path = path_of_request(client);
  behavior how;
  {
    std::lock_guard lock{mutex_};
    ++asked_[path];
    how = behaviors_[path];
  }
  changed_.notify_all();
  send_all(client, how.bytes);
  while (how.is_silent && !stopping_ && !is_readable(client)) {
  }
}

}  // namespace musterd::testing
