#include "http/transport/tls/tls_certificate.hpp"
#include "tests/support/network/certificates.hpp"

#include <doctest/doctest.h>
#include <openssl/pem.h>

#include <filesystem>
#include <fstream>

using namespace musterd;
using namespace musterd::testing;
using namespace std::chrono_literals;

namespace {

timestamp now() {
  return wall_clock_now();
}

/// What is wrong with a pair; empty if it is accepted.
std::string trouble_with(const tls_files& files) {
  try {
    tls_certificate{files, now()};
    return {};
  } catch (const tls_error& e) {
    return e.what();
  }
}

void write(const std::string& path, const std::string& text) {
  std::ofstream{path} << text;
}

}  // namespace

TEST_CASE("certificate: a pair that belongs together is taken, with the time it expires at") {
  auto files = test_authority().issue({.ends = 86'400s});
  CHECK(trouble_with(files) == "");
  auto left = tls_certificate{files, now()}.expires() - now();
  CHECK(left > 86'300s);
  CHECK(left < 86'500s);
}

TEST_CASE("certificate: what is wrong with a pair is a sentence that names the file") {
  auto good = test_authority().issue(), other = test_authority().issue();
  auto missing = test_authority().folder() + "/no.such.pem";
  CHECK(trouble_with({missing, good.key}) == missing + " cannot be read: No such file or directory");
  CHECK(trouble_with({good.certificate, missing}) == missing + " cannot be read: No such file or directory");
  CHECK(trouble_with({test_authority().folder(), good.key})
            .starts_with(test_authority().folder() + " cannot be read"));
  CHECK(trouble_with({good.certificate, other.key}) ==
        other.key + " does not belong to the certificate in " + good.certificate);
  CHECK(trouble_with({good.key, good.key}) == good.key + " holds no certificate in PEM");
  CHECK(trouble_with({good.certificate, good.certificate})
            .starts_with(good.certificate + " holds no private key"));
  auto expired = test_authority().issue({.begins = -86'400s, .ends = -60s});
  CHECK(trouble_with(expired).starts_with(expired.certificate + " has expired at 20"));
  auto early = test_authority().issue({.begins = 60s});
  CHECK(trouble_with(early).starts_with(early.certificate + " is not valid before 20"));
  auto empty = good;
  empty.key += ".empty";
  write(empty.key, "");
  CHECK(trouble_with(empty) == empty.key + " is empty");
}

TEST_CASE("certificate: of a chain the first must be valid; others that are not are warned of") {
  auto leaf = test_authority().issue({.ends = 3 * 86'400s});
  auto append = [&](const tls_files& other) {
    std::ifstream in{other.certificate};
    std::ofstream{leaf.certificate, std::ios::app} << in.rdbuf();
  };
  append({test_authority().file(), {}});
  CHECK(tls_certificate{leaf, now()}.warnings().empty());
  append(test_authority().issue({.name = "next", .ends = 2 * 86'400s}));
  CHECK(tls_certificate{leaf, now()}.expires() - now() < 2 * 86'400s + 60s);
  append(test_authority().issue({.name = "old", .ends = -60s}));
  append(test_authority().issue({.name = "early", .begins = 3600s}));
  REQUIRE(trouble_with(leaf) == "");
  tls_certificate taken{leaf, now()};
  CHECK(taken.expires() - now() > 86'400s);
  REQUIRE(taken.warnings().size() == 2);
  CHECK(taken.warnings()[0].starts_with(leaf.certificate + ": CN=old has expired at 20"));
  CHECK(taken.warnings()[1].starts_with(leaf.certificate + ": CN=early is not valid before 20"));
}

TEST_CASE("certificate: nothing else may be in the chain's file") {
  auto broken = test_authority().issue();
  std::ofstream{broken.certificate, std::ios::app}
      << "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  CHECK(trouble_with(broken).find("holds something that is no certificate") != std::string::npos);
}

TEST_CASE("certificate: a key with a passphrase is refused, and nobody is asked for it") {
  auto files = test_authority().issue();
  openssl_owned<BIO> in{BIO_new_file(files.key.c_str(), "r")};
  openssl_owned<EVP_PKEY> key{PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr)};
  openssl_owned<BIO> out{BIO_new_file(files.key.c_str(), "w")};
  std::string word = "secret";
  PEM_write_bio_PrivateKey(out.get(), key.get(), EVP_aes_128_cbc(), nullptr, 0, nullptr, word.data());
  out.reset();
  CHECK(trouble_with(files).find("without a passphrase") != std::string::npos);
}

TEST_CASE("certificate: files that change are taken when they are good, and the one before stays when not") {
  auto files = test_authority().issue({.ends = 86'400s});
  tls_certificate shown{files, now()};
  auto first = shown.context();
  CHECK(!shown.look_again(now()));
  CHECK(shown.context() == first);

  replace(files, test_authority().issue({.ends = 2 * 86'400s}));
  CHECK(shown.look_again(now()));
  auto second = shown.context();
  CHECK(second != first);
  CHECK(shown.expires() - now() > 86'400s);

  replace(files, {test_authority().issue().certificate, files.key});
  CHECK_THROWS_AS(shown.look_again(now()), tls_error);
  replace(files, test_authority().issue({.ends = -60s}));
  CHECK_THROWS_AS(shown.look_again(now()), tls_error);
  std::filesystem::remove(files.key);
  CHECK_THROWS_AS(shown.look_again(now()), tls_error);
  CHECK(shown.context() == second);

  auto third = test_authority().issue();
  replace(files, third);
  CHECK(shown.look_again(now()));
  CHECK(shown.context() != second);
}
