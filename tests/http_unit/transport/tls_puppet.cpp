#include "tls_puppet.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

namespace musterd::testing {
namespace {

constexpr unsigned unknown_extension = 0xff80;

int pad(SSL*, unsigned, unsigned, const unsigned char** out, std::size_t* size, X509*, std::size_t, int*,
        void* text) {
  const auto& padding = *static_cast<const std::string*>(text);
  *out = reinterpret_cast<const unsigned char*>(padding.data());
  *size = padding.size();
  return 1;
}

void forget(SSL*, unsigned, unsigned, const unsigned char*, void*) {}

}  // namespace

tls_puppet::tls_puppet(wish how) : padding_(how.padding, 'x'), context_{SSL_CTX_new(TLS_client_method())} {
  SSL_CTX_set_min_proto_version(context_.get(), how.version);
  SSL_CTX_set_max_proto_version(context_.get(), how.version);
  if (how.padding > 0)
    SSL_CTX_add_custom_ext(context_.get(), unknown_extension, SSL_EXT_CLIENT_HELLO, pad, forget, &padding_,
                           nullptr, nullptr);
  ssl_.reset(SSL_new(context_.get()));
  SSL_set_max_send_fragment(ssl_.get(), static_cast<long>(how.record));
  SSL_set_connect_state(ssl_.get());
  SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
}

tls_puppet::tls_puppet(std::uint16_t port, wish how, const char* from) : tls_puppet{how} {
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  timeval patience{20, 0};
  setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = inet_addr(from);
  auto* generic = reinterpret_cast<const sockaddr*>(&address);
  bool bound = ::bind(fd_, generic, sizeof address) == 0;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (!bound || ::connect(fd_, generic, sizeof address) != 0)
    throw std::runtime_error{"cannot connect"};
}

tls_puppet::~tls_puppet() {
  if (fd_ >= 0)
    ::close(fd_);
}

std::string tls_puppet::said() {
  auto* out = SSL_get_wbio(ssl_.get());
  std::string text(BIO_ctrl_pending(out), '\0');
  if (!text.empty())
    BIO_read(out, text.data(), static_cast<int>(text.size()));
  return text;
}

std::string tls_puppet::hello() {
  if (SSL_is_init_finished(ssl_.get()))
    SSL_renegotiate(ssl_.get());
  SSL_do_handshake(ssl_.get());
  return said();
}

bool tls_puppet::shake_hands() {
  while (SSL_do_handshake(ssl_.get()) != 1) {
    send(said());
    auto heard = receive();
    if (heard.empty())
      return false;
    BIO_write(SSL_get_rbio(ssl_.get()), heard.data(), static_cast<int>(heard.size()));
  }
  send(said());
  return true;
}

void tls_puppet::send(std::string_view wire) {
  while (!wire.empty()) {
    auto sent = ::send(fd_, wire.data(), wire.size(), MSG_NOSIGNAL);
    if (sent <= 0)
      return;  // the server has closed
    wire.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string tls_puppet::receive() {
  std::string text(64 * 1024, '\0');
  auto count = ::recv(fd_, text.data(), text.size(), 0);
  if (count < 0 && errno == EAGAIN)
    throw std::runtime_error{"nothing came in time"};
  text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return text;
}

bool tls_puppet::ends() {
  while (!receive().empty())
    ;
  return true;
}

}  // namespace musterd::testing
