#pragma once

#include "common/process/tls.hpp"

#include <chrono>
#include <string>

namespace musterd::testing {

/// What a certificate should say; times count from now.
struct certificate_wish {
  std::string name = "localhost";
  std::chrono::seconds begins{-3600}, ends{30 * 86'400};
  /// Slow to sign with, and common.
  bool rsa = false;
};

/// A certificate authority for this test run, in a folder that is deleted with it.
class certificate_authority {
 public:
  certificate_authority();
  ~certificate_authority();
  certificate_authority(const certificate_authority&) = delete;
  certificate_authority& operator=(const certificate_authority&) = delete;

  /// The file to be trusted.
  const std::string& file() const { return file_; }
  const std::string& folder() const { return folder_; }
  /// A new key and its certificate, valid for 127.0.0.1, too, in new files.
  tls_files issue(const certificate_wish& wish = {});

 private:
  std::string folder_, file_;
  openssl_owned<EVP_PKEY> key_;
  openssl_owned<X509> certificate_;
  int issued_ = 0;
};

/// The authority that `http_client` and `raw_client` trust.
certificate_authority& test_authority();

/// Replaces a pair by another, as is done under a running server.
void replace(const tls_files& old, const tls_files& by);

}  // namespace musterd::testing
