#pragma once

#include "common/process/tls.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace musterd {

/// The certificate that listeners show, as its files are now: it can be replaced while connections that were
/// made with the one before go on. Thread-safe but for `look_again`, which is one thread's.
class tls_certificate {
 public:
  /// Throws tls_error where the files are no good (`tls_identity::read`).
  tls_certificate(tls_files files, timestamp now);

  /// What a new connection is made with.
  std::shared_ptr<SSL_CTX> context() const { return current_.load()->context; }
  timestamp expires() const { return current_.load()->expires; }
  /// See `tls_identity`.
  std::vector<std::string> warnings() const { return current_.load()->warnings; }

  /// Takes what the files hold now. True when that is another certificate. Throws tls_error when it cannot be
  /// used; the one before stays.
  bool look_again(timestamp now);

 private:
  struct version {
    std::shared_ptr<SSL_CTX> context;
    timestamp expires{};
    std::vector<std::string> warnings;
  };

  tls_files files_;
  std::string seen_;
  std::atomic<std::shared_ptr<const version>> current_;
};

}  // namespace musterd
