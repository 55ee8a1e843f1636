#include "http/transport/tls/tls_certificate.hpp"

#include <openssl/err.h>

#include <string_view>

namespace musterd {
namespace {

constexpr std::string_view http1{"\x08http/1.1", 9};

/// A client that offers protocols without HTTP/1.1 is refused with an alert (RFC 7301, 3.2).
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned int offered_size, void*) {
  auto* found = const_cast<unsigned char**>(chosen);
  auto result =
      SSL_select_next_proto(found, chosen_size, reinterpret_cast<const unsigned char*>(http1.data()),
                            http1.size(), offered, offered_size);
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/// By default OpenSSL also agrees to ffdhe8192: milliseconds of our time, none for a client that only
/// pretends. Every client supports one of these; OpenSSL before 3.5 lacks the first.
void agree_cheaply(SSL_CTX& context) {
  if (SSL_CTX_set1_groups_list(&context, "X25519MLKEM768:X25519:P-256") != 1) {
    ERR_clear_error();
    SSL_CTX_set1_groups_list(&context, "X25519:P-256");
  }
}

std::shared_ptr<SSL_CTX> make_context(const tls_identity& identity) {
  std::shared_ptr<SSL_CTX> made{SSL_CTX_new(TLS_server_method()), openssl_deleter{}};
  if (!made)
    throw std::bad_alloc{};
  auto& context = *made;
  allow_modern_tls_only(context);
  agree_cheaply(context);
  // Sessions are not resumed: no ticket keys to rotate or to share with other nodes.
  SSL_CTX_set_options(&context,
                      SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA | SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(&context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(&context, 0);
  // Idle connections keep no buffers, and a record costs one read instead of two.
  SSL_CTX_set_mode(&context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(&context, 1);
  SSL_CTX_set_alpn_select_cb(&context, choose_protocol, nullptr);
  identity.present_in(context);
  return made;
}

}  // namespace

tls_certificate::tls_certificate(tls_files files, timestamp now) : files_{std::move(files)} {
  look_again(now);
}

bool tls_certificate::look_again(timestamp now) {
  auto both = read_tls_file(files_.certificate) + read_tls_file(files_.key);
  if (both == seen_)
    return false;
  auto identity = tls_identity::read(files_, now);
  current_ = std::make_shared<const version>(
      version{make_context(identity), identity.expires(), identity.warnings()});
  seen_ = std::move(both);
  return true;
}

}  // namespace musterd
