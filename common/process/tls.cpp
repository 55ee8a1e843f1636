#include "common/process/tls.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

namespace musterd {
namespace {

/// OpenSSL would otherwise prompt for a passphrase on the terminal.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

openssl_owned<BIO> memory_of(const std::string& text) {
  return openssl_owned<BIO>{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
}

[[noreturn]] void fail_tls_file(const std::string& file, std::string_view what) {
  throw tls_error{fmt::format("{} {}", file, what)};
}

std::vector<openssl_owned<X509>> read_chain(const std::string& file) {
  auto text = read_tls_file(file);
  auto source = memory_of(text);
  std::vector<openssl_owned<X509>> chain;
  while (auto* one = PEM_read_bio_X509(source.get(), nullptr, no_passphrase, nullptr))
    chain.emplace_back(one);
  auto why = ERR_peek_last_error();
  bool at_end = ERR_GET_LIB(why) == ERR_LIB_PEM && ERR_GET_REASON(why) == PEM_R_NO_START_LINE;
  auto said = take_openssl_error();
  if (chain.empty())
    fail_tls_file(file, "holds no certificate in PEM");
  if (!at_end)
    fail_tls_file(file, fmt::format("holds something that is no certificate ({})", said));
  return chain;
}

openssl_owned<EVP_PKEY> read_key(const std::string& file) {
  auto text = read_tls_file(file);
  auto source = memory_of(text);
  openssl_owned<EVP_PKEY> key{PEM_read_bio_PrivateKey(source.get(), nullptr, no_passphrase, nullptr)};
  if (!key)
    fail_tls_file(file,
                  fmt::format("holds no private key in PEM without a passphrase ({})", take_openssl_error()));
  return key;
}

/// The subject's name, on one line.
std::string subject_of(const X509& certificate) {
  openssl_owned<BIO> text{BIO_new(BIO_s_mem())};
  X509_NAME_print_ex(text.get(), X509_get_subject_name(&certificate), 0, XN_FLAG_RFC2253);
  char* from = nullptr;
  auto size = BIO_get_mem_data(text.get(), &from);
  return {from, static_cast<std::size_t>(size)};
}

timestamp time_of(const ASN1_TIME& t) {
  std::tm parts{};
  ASN1_TIME_to_tm(&t, &parts);
  return timestamp{std::chrono::seconds{::timegm(&parts)}};
}

struct validity {
  timestamp begins, ends;
};

validity validity_of(const X509& certificate) {
  return {time_of(*X509_get0_notBefore(&certificate)), time_of(*X509_get0_notAfter(&certificate))};
}

/// What is wrong at `now`; empty if nothing.
std::string trouble_with(const validity& v, timestamp now) {
  if (now < v.begins)
    return fmt::format("is not valid before {}", to_string(v.begins));
  if (v.ends <= now)
    return fmt::format("has expired at {}", to_string(v.ends));
  return {};
}

}  // namespace

std::string read_tls_file(const std::string& path) {
  std::ifstream file{path};
  if (!file)
    fail_tls_file(path, fmt::format("cannot be read: {}", std::strerror(errno)));
  std::string text;
  try {
    file.exceptions(std::ios::badbit);
    text.assign(std::istreambuf_iterator<char>{file}, {});
  } catch (const std::ios_base::failure&) {
    fail_tls_file(path, "cannot be read");
  }
  if (text.empty())
    fail_tls_file(path, "is empty");
  return text;
}

std::string take_openssl_error() {
  auto code = ERR_peek_last_error();
  const auto* reason = ERR_reason_error_string(code);
  ERR_clear_error();
  return reason != nullptr ? reason : "no reason given";
}

void allow_modern_tls_only(SSL_CTX& context) {
  SSL_CTX_set_min_proto_version(&context, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(&context, "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL");
  SSL_CTX_set_options(&context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
}

tls_identity tls_identity::read(const tls_files& files, timestamp now) {
  tls_identity result;
  result.files_ = files;
  result.chain_ = read_chain(files.certificate);
  result.key_ = read_key(files.key);
  if (X509_check_private_key(result.chain_.front().get(), result.key_.get()) != 1) {
    ERR_clear_error();
    fail_tls_file(files.key, fmt::format("does not belong to the certificate in {}", files.certificate));
  }
  auto own = validity_of(*result.chain_.front());
  if (auto trouble = trouble_with(own, now); !trouble.empty())
    fail_tls_file(files.certificate, trouble);
  result.expires_ = own.ends;
  for (std::size_t i = 1; i < result.chain_.size(); ++i) {
    auto other = validity_of(*result.chain_[i]);
    if (auto trouble = trouble_with(other, now); !trouble.empty())
      result.warnings_.push_back(
          fmt::format("{}: {} {}", files.certificate, subject_of(*result.chain_[i]), trouble));
    else
      result.expires_ = std::min(result.expires_, other.ends);
  }
  return result;
}

void tls_identity::present_in(SSL_CTX& context) const {
  openssl_owned<STACK_OF(X509)> others{sk_X509_new_null()};
  for (std::size_t i = 1; i < chain_.size(); ++i)
    sk_X509_push(others.get(), chain_[i].get());
  if (SSL_CTX_use_cert_and_key(&context, chain_.front().get(), key_.get(), others.get(), 1) != 1)
    fail_tls_file(files_.certificate, fmt::format("cannot be used: {}", take_openssl_error()));
}

}  // namespace musterd
