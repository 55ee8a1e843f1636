#include "tests/support/network/certificates.hpp"

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <filesystem>

namespace musterd::testing {
namespace {

std::string new_folder() {
  auto path = (std::filesystem::temp_directory_path() / "musterd-tls-XXXXXX").string();
  if (::mkdtemp(path.data()) == nullptr)
    throw std::runtime_error{"no temporary folder"};
  return path;
}

void add_extension(X509& to, int what, const std::string& text) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, &to, &to, nullptr, nullptr, 0);
  auto* extension = X509V3_EXT_conf_nid(nullptr, &context, what, text.c_str());
  X509_add_ext(&to, extension, -1);
  X509_EXTENSION_free(extension);
}

openssl_owned<X509> draft(EVP_PKEY& key, const certificate_wish& wish, long serial) {
  openssl_owned<X509> made{X509_new()};
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), wish.begins.count());
  X509_gmtime_adj(X509_getm_notAfter(made.get()), wish.ends.count());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(wish.name.c_str()), -1, -1, 0);
  X509_set_pubkey(made.get(), &key);
  return made;
}

template <class Write>
void write_file(const std::string& path, Write write) {
  openssl_owned<BIO> file{BIO_new_file(path.c_str(), "w")};
  if (!file || write(file.get()) != 1)
    throw std::runtime_error{path + " cannot be written"};
}

void write_certificate(const std::string& path, X509& certificate) {
  write_file(path, [&](BIO* to) { return PEM_write_bio_X509(to, &certificate); });
}

}  // namespace

certificate_authority::certificate_authority()
    : folder_{new_folder()}, file_{folder_ + "/authority.pem"}, key_{EVP_EC_gen("P-256")},
      certificate_{draft(*key_, {"musterd tests"}, 1)} {
  X509_set_issuer_name(certificate_.get(), X509_get_subject_name(certificate_.get()));
  add_extension(*certificate_, NID_basic_constraints, "critical,CA:TRUE");
  X509_sign(certificate_.get(), key_.get(), EVP_sha256());
  write_certificate(file_, *certificate_);
}

certificate_authority::~certificate_authority() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

tls_files certificate_authority::issue(const certificate_wish& wish) {
  auto stem = folder_ + '/' + std::to_string(++issued_);
  openssl_owned<EVP_PKEY> key{wish.rsa ? EVP_RSA_gen(4096) : EVP_EC_gen("P-256")};
  auto certificate = draft(*key, wish, 1 + issued_);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate_.get()));
  add_extension(*certificate, NID_subject_alt_name, "DNS:" + wish.name + ",IP:127.0.0.1");
  X509_sign(certificate.get(), key_.get(), EVP_sha256());
  tls_files made{stem + ".pem", stem + ".key"};
  write_certificate(made.certificate, *certificate);
  write_file(made.key, [&](BIO* to) {
    return PEM_write_bio_PrivateKey(to, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  return made;
}

certificate_authority& test_authority() {
  static certificate_authority only;
  return only;
}

void replace(const tls_files& old, const tls_files& by) {
  auto put = [](const std::string& at, const std::string& from) {
    if (at != from)
      std::filesystem::copy_file(from, at, std::filesystem::copy_options::overwrite_existing);
  };
  put(old.certificate, by.certificate);
  put(old.key, by.key);
}

}  // namespace musterd::testing
