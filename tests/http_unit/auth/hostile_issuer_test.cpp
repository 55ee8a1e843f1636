#include "tests/http_unit/auth/auth_fixture.hpp"
#include "tests/http_unit/auth/hostile_server.hpp"

#include "common/json/json_read.hpp"

#include <doctest/doctest.h>

using namespace musterd;
using namespace musterd::testing;

namespace {

constexpr auto invalid = "The token is not valid.";
const tenant_uuid company{id_number(50)};

jose_key rsa_key(std::string_view kid) {
  return jose_key::from_jwk(parse_json(rsa_jwk(2048, kid)).value().as_object()).value();
}

std::string ok_with(std::string_view body) {
  return fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}", body.size(),
                     body);
}

/// A verifier that trusts a local issuer whose keys are found by discovery; well-behaved by default.
struct hostile {
  hostile_server http;
  std::string issuer = fmt::format("http://127.0.0.1:{}", http.port());
  jose_key key = rsa_key("k1");
  std::string trouble;
  jose_key own = jose_key::generate();
  token_settings settings;
  std::unique_ptr<token_verifier> verifier;

  explicit hostile(token_type type = token_type::at_jwt) {
    settings.fetched = fetch_policy::http_on_loopback;
    settings.external.push_back({issuer, {}, {"musterd-web"}, {signature_algorithm::rs256}, company, type});
    http.answer("/.well-known/openid-configuration", ok_with(discovery(issuer, issuer + "/keys")));
    http.answer("/keys", ok_with(public_jwks({key})));
    verifier = std::make_unique<token_verifier>(
        settings, [this] { return jose_key_set{own}; },
        [](tenant_uuid, std::string_view) {
          return std::optional{subject_user{{id_number(2)}, {id_number(3)}}};
        },
        [this](std::string_view, std::string_view what) { trouble = what; });
  }

  static std::string discovery(const std::string& name, const std::string& jwks_uri) {
    return fmt::format(R"({{"issuer":"{}","jwks_uri":"{}"}})", name, jwks_uri);
  }
  std::string claims(std::string_view audience = "musterd-web") const {
    auto now = std::chrono::floor<std::chrono::seconds>(noon).time_since_epoch().count();
    return fmt::format(R"({{"iss":"{}","sub":"ann","aud":"{}","exp":{}}})", issuer, audience, now + 100'000);
  }
  std::string token() const { return key.sign(claims(), access_token_type); }
  std::string said(std::string_view text, timestamp now = noon) { return refusal(*verifier, text, now); }
  /// The answer to a token of ours, which nothing the issuer does may delay.
  std::string said_of_ours() {
    key_ring ring{own};
    return said(token_issuer{settings, ring}.issue(ann_principal(), noon)->text);
  }
};

}  // namespace

TEST_CASE("hostile issuer: one that behaves is found by its discovery") {
  hostile h;
  CHECK(h.said(h.token()) == "accepted");
  CHECK(h.trouble.empty());
  CHECK(h.http.asked("/keys") == 1);
}

TEST_CASE("hostile issuer: huge answers are not read to their end, however right they begin") {
  hostile h;
  const std::string padding(largest_document, ' ');
  SUBCASE("keys") {
    h.http.answer("/keys", ok_with(public_jwks({h.key}) + padding));
  }
  SUBCASE("discovery") {
    auto document = hostile::discovery(h.issuer, h.issuer + "/keys");
    h.http.answer("/.well-known/openid-configuration", ok_with(document + padding));
  }
  SUBCASE("without a length") {
    h.http.answer("/keys", "HTTP/1.1 200 OK\r\n\r\n" + public_jwks({h.key}) + padding);
  }
  CHECK(h.said(h.token()) == invalid);
  CHECK_FALSE(h.trouble.empty());
  CHECK(h.said_of_ours() == "accepted");
}

TEST_CASE("hostile issuer: a slow answer holds up nobody but the issuer's own") {
  hostile h;
  h.http.hold("/keys");
  std::promise<outcome<principal>> later;
  h.verifier->verify(h.token(), noon, [&](outcome<principal> who) { later.set_value(std::move(who)); });
  h.http.await("/keys");
  CHECK(h.said_of_ours() == "accepted");
  auto next = jose_key::generate();  // a key that has to be read first
  h.own = next;
  CHECK(h.said_of_ours() == "accepted");
  auto theirs = later.get_future();
  CHECK(theirs.wait_for(0s) == std::future_status::timeout);
  CHECK_FALSE(theirs.get().has_value());
  CHECK_FALSE(h.trouble.empty());
}

TEST_CASE("hostile issuer: redirects are not followed") {
  hostile h, elsewhere;
  auto redirect =
      fmt::format("HTTP/1.1 302 Found\r\nLocation: {}/keys\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                  elsewhere.issuer);
  h.http.answer("/keys", redirect);
  CHECK(h.said(elsewhere.key.sign(h.claims(), access_token_type)) == invalid);
  CHECK(h.trouble.find("302") != std::string::npos);
  CHECK(elsewhere.http.asked("/keys") == 0);
}

TEST_CASE("hostile issuer: discovery must be its own, and name keys that come safely") {
  hostile h;
  std::string name = h.issuer, keys = h.issuer + "/keys";
  SUBCASE("of somebody else") {
    name = "https://idp.example";
  }
  SUBCASE("keys from a file") {
    keys = "file:///etc/passwd";
  }
  SUBCASE("keys by http from elsewhere") {
    keys = "http://192.0.2.1/keys";
  }
  SUBCASE("no keys") {
    keys = "";
  }
  h.http.answer("/.well-known/openid-configuration", ok_with(hostile::discovery(name, keys)));
  CHECK(h.said(h.token()) == invalid);
  CHECK_FALSE(h.trouble.empty());
  CHECK(h.http.asked("/keys") == 0);
}

TEST_CASE("hostile issuer: none, HMAC with the public key, another type and another audience are refused") {
  hostile h;
  REQUIRE(h.said(h.token()) == "accepted");
  auto unsigned_one = assembled(R"({"alg":"none","typ":"at+jwt","kid":"k1"})", h.claims(), "");
  CHECK(h.said(unsigned_one) == invalid);
  auto symmetric = assembled(R"({"alg":"HS256","typ":"at+jwt","kid":"k1"})", h.claims(), "");
  symmetric.pop_back();
  auto jwk = h.key.to_jwk(false);
  auto mac = assembled("", "", hmac_sha256(jwk, symmetric)).substr(2);
  CHECK(h.said(symmetric + "." + mac) == invalid);
  CHECK(h.said(h.key.sign(h.claims(), "JWT")) == invalid);
  CHECK(h.said(h.key.sign(h.claims("another-service"), access_token_type)) == invalid);
  auto stranger = rsa_key("k1");
  CHECK(h.said(stranger.sign(h.claims(), access_token_type)) == invalid);
}

TEST_CASE("hostile issuer: a flood of unknown keys asks it once in a while, and known keys go on") {
  hostile h;
  REQUIRE(h.said(h.token()) == "accepted");
  for (int i = 0; i < 200; ++i) {
    auto token =
        assembled(fmt::format(R"({{"alg":"RS256","typ":"at+jwt","kid":"made-up-{}"}})", i), h.claims(), "x");
    CHECK(h.said(token, noon + 40s) == invalid);
  }
  CHECK(h.http.asked("/keys") == 2);
  CHECK(h.said(h.token(), noon + 41s) == "accepted");
}
