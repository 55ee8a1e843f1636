#pragma once

#include "common/time/time.hpp"

#include <openssl/ssl.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

/// Shared by listeners and broker connections: certificates, keys and OpenSSL's errors.
namespace musterd {

struct openssl_deleter {
  void operator()(SSL_CTX* p) const { SSL_CTX_free(p); }
  void operator()(SSL* p) const { SSL_free(p); }
  void operator()(X509* p) const { X509_free(p); }
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
  void operator()(BIO* p) const { BIO_free(p); }
  /// Frees the stack, not its certificates.
  void operator()(STACK_OF(X509) * p) const { sk_X509_free(p); }
};
template <class T>
using openssl_owned = std::unique_ptr<T, openssl_deleter>;

/// A sentence for operators that names the file.
class tls_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// PEM files: the certificate with its chain, and its private key without a passphrase.
struct tls_files {
  std::string certificate, key;
};

/// A certificate chain and its private key.
class tls_identity {
 public:
  /// Throws tls_error if a file is missing, unreadable or malformed, the key is another certificate's, or the
  /// chain's first certificate is not valid at `now`.
  static tls_identity read(const tls_files& files, timestamp now);

  /// Throws tls_error if OpenSSL rejects them, for instance as too weak.
  void present_in(SSL_CTX& context) const;
  /// The earliest expiry among the certificates that were valid when read.
  timestamp expires() const { return expires_; }
  /// A sentence for each further invalid certificate. Clients may not mind: a chain may hold more than they
  /// need.
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
/// OpenSSL's reason for the last failure on this thread; clears it.
std::string take_openssl_error();
/// TLS 1.2 and 1.3, with forward-secret, authenticated ciphers only.
void allow_modern_tls_only(SSL_CTX& context);

}  // namespace musterd
