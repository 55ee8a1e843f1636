#pragma once

#include "common/process/tls.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace musterd {

/// The listeners' certificate: replaceable while connections made with the old one live on. Thread-safe, but
/// only one thread may call `look_again`.
class tls_certificate {
 public:
  /// Throws tls_error if the files are unusable (`tls_identity::read`).
  tls_certificate(tls_files files, timestamp now);

  /// For new connections.
  std::shared_ptr<SSL_CTX> context() const { return current_.load()->context; }
  timestamp expires() const { return current_.load()->expires; }
  /// See `tls_identity`.
  std::vector<std::string> warnings() const { return current_.load()->warnings; }

  /// Reloads the files; true if they changed. Throws tls_error if unusable; the old certificate stays.
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
