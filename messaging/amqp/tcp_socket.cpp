#include "messaging/amqp/tcp_socket.hpp"

#include "common/process/interruption.hpp"
#include "messaging/amqp/amqp_error.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

namespace musterd {
namespace {

using clock = std::chrono::steady_clock;
using addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

addresses find(const std::string& host, int port) {
  addrinfo wanted{}, *found = nullptr;
  wanted.ai_socktype = SOCK_STREAM;
  if (auto error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found); error != 0)
    throw amqp_connection_lost{"connecting to the broker: " + host + ": " + ::gai_strerror(error)};
  return {found, &::freeaddrinfo};
}

/// 0 once connected, otherwise the error.
int wait_connected(int socket, clock::time_point deadline) {
  auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock::now()).count();
  pollfd ready{socket, POLLOUT, 0};
  if (::poll(&ready, 1, static_cast<int>(std::max<std::int64_t>(left, 0))) == 0)
    return ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
    return errno;
  return error;
}

int connect_to(const addrinfo& where, int socket, clock::time_point deadline, const std::stop_token& cut) {
  interruption interruptible{socket, "a new connection", cut};
  auto refused = ::connect(socket, where.ai_addr, where.ai_addrlen) == 0 ? 0 : errno;
  if (refused == EINPROGRESS)
    refused = wait_connected(socket, deadline);
  return cut.stop_requested() ? ECANCELED : refused;
}

}  // namespace

int connect_tcp(const std::string& host, int port, std::chrono::milliseconds patience,
                const std::stop_token& cut) {
  auto deadline = clock::now() + patience;
  auto error = ECANCELED;
  auto all = find(host, port);
  for (const auto* where = all.get(); where != nullptr && !cut.stop_requested(); where = where->ai_next) {
    auto socket =
        ::socket(where->ai_family, where->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, where->ai_protocol);
    error = socket < 0 ? errno : connect_to(*where, socket, deadline, cut);
    if (error == 0)
      return socket;
    if (socket >= 0)
      ::close(socket);
  }
  throw amqp_connection_lost{std::string{"connecting to the broker: "} + std::strerror(error)};
}

}  // namespace musterd
