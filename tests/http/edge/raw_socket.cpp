#include "tests/http/edge/raw_socket.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace musterd::testing {

raw_socket::raw_socket(std::uint16_t port) : fd_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd_ < 0 || ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    auto error = errno;
    if (fd_ >= 0)
      ::close(fd_);
    throw std::system_error{error, std::generic_category(), "connect"};
  }
}

raw_socket::~raw_socket() {
  ::close(fd_);
}

bool raw_socket::send(const std::string& text) {
  return ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
}

void raw_socket::receive_little() {
  int bytes = 4096;
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

void raw_socket::send_what_fits(const std::string& text) {
  ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

std::string raw_socket::receive(const std::string& end, std::chrono::milliseconds limit) {
  using clock = std::chrono::steady_clock;
  std::string result;
  for (auto until = clock::now() + limit; result.find(end) == std::string::npos;) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now()).count();
    pollfd ready{fd_, POLLIN, 0};
    if (left <= 0 || ::poll(&ready, 1, static_cast<int>(left)) <= 0)
      break;
    char buffer[4096];
    auto count = ::recv(fd_, buffer, sizeof buffer, 0);
    if (count <= 0)
      break;
    result.append(buffer, static_cast<std::size_t>(count));
  }
  return result;
}

}  // namespace musterd::testing
