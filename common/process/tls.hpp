#pragma once

#include "common/time/time.hpp"

#include <openssl/ssl.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

/// What listeners and connections to the broker have in common: certificates, keys, and what OpenSSL says.
namespace musterd {

struct openssl_deleter {
  void operator()(SSL_CTX* p) const { SSL_CTX_free(p); }
  void operator()(SSL* p) const { SSL_free(p); }
  void operator()(X509* p) const { X509_free(p); }
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
  void operator()(BIO* p) const { BIO_free(p); }
  /// The list, not what is in it.
  void operator()(STACK_OF(X509) * p) const { sk_X509_free(p); }
};
template <class T>
using openssl_owned = std::unique_ptr<T, openssl_deleter>;

/// A sentence for an operator; names the file.
class tls_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// PEM files: the certificate with its chain, and its private key without a passphrase.
struct tls_files {
  std::string certificate, key;
};

/// A certificate chain and the key that belongs to it.
class tls_identity {
 public:
  /// Throws tls_error when a file is missing, unreadable or no such thing, when the key is another
  /// certificate's, and when the first certificate of the chain is not valid at `now`.
  static tls_identity read(const tls_files& files, timestamp now);

  /// Throws tls_error when OpenSSL takes them for too weak.
  void present_in(SSL_CTX& context) const;
  /// When the first of those certificates expires that are valid now.
  timestamp expires() const { return expires_; }
  /// A sentence about each further certificate that is not valid. Whether that matters only clients know: a
  /// chain may hold more than they need.
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  tls_files files_;
  std::vector<openssl_owned<X509>> chain_;
  openssl_owned<EVP_PKEY> key_;
  timestamp expires_{};
  std::vector<std::string> warnings_;
};

/// The whole file; throws tls_error.
std::string read_tls_file(const std::string& path);
/// Why the last call failed on this thread, in OpenSSL's words; forgets it.
std::string take_openssl_error();
/// TLS 1.2 and 1.3, with forward secrecy and authenticated ciphers only.
void allow_modern_tls_only(SSL_CTX& context);

}  // namespace musterd
