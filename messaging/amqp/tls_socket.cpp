#include "messaging/amqp/tls_socket.hpp"

#include "common/observation/log.hpp"
#include "common/process/tls.hpp"
#include "messaging/amqp/amqp_codec.hpp"

#if __has_include(<rabbitmq-c/ssl_socket.h>)
#include <rabbitmq-c/ssl_socket.h>
#else
#include <amqp_ssl_socket.h>
#endif
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

namespace musterd {

using namespace amqp_codec;

namespace {

/// Why this thread's last certificate was refused: rabbitmq-c only says that it was.
thread_local std::string refusal;

int note_refusal(int accepted, X509_STORE_CTX* about) {
  if (accepted != 1)
    refusal = X509_verify_cert_error_string(X509_STORE_CTX_get_error(about));
  return accepted;
}

/// rabbitmq-c's own host name check does not support addresses; OpenSSL's does.
void expect_host(SSL_CTX& context, const std::string& host) {
  auto* expected = SSL_CTX_get0_param(&context);
  X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str()) != 1)
    X509_VERIFY_PARAM_set1_host(expected, host.c_str(), host.size());
  ERR_clear_error();
}

void trust(SSL_CTX& context, const std::string& ca_file) {
  if (ca_file.empty())
    SSL_CTX_set_default_verify_paths(&context);
  else if (SSL_CTX_load_verify_file(&context, ca_file.c_str()) != 1)
    throw amqp_error{fmt::format("messaging.tls.ca_file: {} holds no certificates that can be read: {}",
                                 ca_file, take_openssl_error())};
  SSL_CTX_set_verify(&context, SSL_VERIFY_PEER, note_refusal);
}

void present(SSL_CTX& context, const tls_files& files) {
  if (files.certificate.empty() && files.key.empty())
    return;
  if (files.certificate.empty() || files.key.empty())
    throw amqp_error{"messaging.tls.certificate_file and messaging.tls.key_file are needed together"};
  try {
    auto own = tls_identity::read(files, wall_clock_now());
    for (const auto& warning : own.warnings())
      log::warn({"tls", "chain_not_valid"}, "messaging.tls: {}", warning);
    own.present_in(context);
  } catch (const tls_error& e) {
    throw amqp_error{fmt::format("messaging.tls: {}", e.what())};
  }
}

}  // namespace

void open_tls_socket(amqp_connection_state_t_* state, const std::string& host, int port,
                     const amqp_options& options) {
  auto* socket = amqp_ssl_socket_new(state);
  if (socket == nullptr)
    throw amqp_connection_lost{"no memory for a socket"};
  auto& context = *static_cast<SSL_CTX*>(amqp_ssl_socket_get_context(socket));
  allow_modern_tls_only(context);
  amqp_ssl_socket_set_verify_peer(socket, 1);
  amqp_ssl_socket_set_verify_hostname(socket, 0);
  trust(context, options.tls.ca_file);
  expect_host(context, host);
  present(context, options.tls.own);
  auto patience = to_timeval(options.connect_timeout);
  refusal.clear();
  auto status = amqp_socket_open_noblock(socket, host.c_str(), port, &patience);
  ERR_clear_error();
  if (status != AMQP_STATUS_OK)
    throw amqp_connection_lost{fmt::format("connecting to the broker by TLS: {}{}{}",
                                           amqp_error_string2(status), refusal.empty() ? "" : ": ", refusal)};
}

}  // namespace musterd
