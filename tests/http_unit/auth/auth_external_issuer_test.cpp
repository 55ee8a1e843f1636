#include "tests/http_unit/auth/auth_fixture.hpp"

#include "common/json/json_read.hpp"

#include <doctest/doctest.h>

using namespace musterd;
using namespace musterd::testing;

namespace {

const tenant_uuid company{id_number(50)};

jose_key key_of(const std::string& jwk) {
  return jose_key::from_jwk(parse_json(jwk).value().as_object()).value();
}

/// An external issuer with its keys in a file and one user mapped.
struct elsewhere {
  scratch_folder folder;
  std::string file = folder.file("jwks.json");
  jose_key key = key_of(rsa_jwk(2048, "rsa-1"));
  int lookups = 0;
  token_settings settings;
  std::unique_ptr<token_verifier> verifier;

  explicit elsewhere(std::vector<signature_algorithm> algorithms = {signature_algorithm::rs256},
                     std::optional<token_type> type = {}) {
    publish({key});
    settings.external.push_back(
        {"https://idp.example", file, {"musterd-web"}, std::move(algorithms), company, type});
    auto own = jose_key::generate();
    verifier = std::make_unique<token_verifier>(
        settings, [own] { return jose_key_set{own}; },
        [this](tenant_uuid tenant, std::string_view subject) {
          ++lookups;
          auto known = tenant == company && subject == "ann@idp";
          return known ? std::optional{subject_user{{id_number(2)}, {id_number(3)}}} : std::nullopt;
        });
  }
  void publish(const jose_key_set& keys) const { write_file(file, public_jwks(keys)); }

  static std::string claims(std::string_view changes = "{}") {
    auto now = std::chrono::floor<std::chrono::seconds>(noon).time_since_epoch().count();
    auto object =
        parse_json(
            fmt::format(
                R"({{"iss":"https://idp.example","sub":"ann@idp","aud":["x","musterd-web"],"exp":{}}})",
                now + 300))
            .value()
            .as_object();
    auto changed = parse_json(changes).value().as_object();
    for (const auto& [name, value] : changed)
      object[name] = value;
    return boost::json::serialize(object);
  }
};

}  // namespace

TEST_CASE("external issuer: may say when its user signed in; what is no time is none") {
  elsewhere e;
  auto signed_in_at = [&](std::string_view changes) {
    return verified(*e.verifier, e.key.sign(elsewhere::claims(changes), access_token_type))
        .value()
        .signed_in_at;
  };
  CHECK(signed_in_at("{}") == timestamp{});
  CHECK(signed_in_at(R"({"auth_time":1700000000})") == timestamp{1700000000s});
  CHECK(signed_in_at(R"({"auth_time":"now"})") == timestamp{});
}

TEST_CASE("external issuers: a company has one, for two could name each other's users") {
  scratch_folder folder;
  auto file = folder.file("issuers.json");
  auto read = [&](std::uint64_t one, std::uint64_t other) {
    auto entry = [](std::string_view issuer, std::uint64_t tenant) {
      return fmt::format(R"({{"issuer":"{}","audiences":["musterd"],"algorithms":["RS256"],"tenant":"{}"}})",
                         issuer, to_string(id_number(tenant)));
    };
    write_file(file, fmt::format(R"({{"issuers":[{},{}]}})", entry("https://one.example", one),
                                 entry("https://other.example", other)));
    return read_external_issuers(file);
  };
  CHECK(read(1, 2).size() == 2);
  CHECK_THROWS_WITH(read(1, 1), doctest::Contains("more than one issuer"));
}

TEST_CASE("external issuer: its subject is one of our users, in its tenant") {
  elsewhere e;
  auto token = e.key.sign(elsewhere::claims(), access_token_type);
  auto who = verified(*e.verifier, token);
  REQUIRE(who.has_value());
  CHECK(who->tenant == company);
  CHECK(who->actor == id_number(2));
  CHECK(who->person.value == id_number(3));
  CHECK(who->family.value.is_nil());
  CHECK(who->audience == token_audience::api);
  CHECK(verified(*e.verifier, token).has_value());
  CHECK(e.lookups == 1);  // then it is cached
}

TEST_CASE("external issuer: unknown subjects, audiences and claims of ours are refused") {
  elsewhere e;
  auto refused = [&](std::string_view changes) {
    return refusal(*e.verifier, e.key.sign(elsewhere::claims(changes), access_token_type));
  };
  CHECK(refused(R"({"sub":"eve@idp"})") == "The token's subject is not known here.");
  CHECK(refused(R"({"aud":"other"})") == "The token is not valid.");
  CHECK(refused(R"({"exp":1})") == "The token has expired.");
  CHECK(refused(R"({"iss":"https://evil.example"})") == "The token is not valid.");
  // It can neither speak for our own issuer nor choose the tenant.
  CHECK(refused(R"({"iss":"musterd","aud":"musterd"})") == "The token is not valid.");
  auto who = verified(*e.verifier,
                      e.key.sign(elsewhere::claims(R"({"tenant":"00000000-0000-0000-0000-000000000001"})"),
                                 access_token_type));
  CHECK(who->tenant == company);
}

TEST_CASE("external issuer: no token outlives its key by more than the time in which keys are read again") {
  elsewhere e;
  auto token = e.key.sign(elsewhere::claims(R"({"exp":4000000000})"), access_token_type);
  auto other = key_of(rsa_jwk(2048, "rsa-2"));
  REQUIRE(refusal(*e.verifier, token) == "accepted");
  e.publish({other});
  CHECK(e.verifier->cached(token, noon + e.settings.jwks_max_age - 1s).has_value());
  CHECK_FALSE(e.verifier->cached(token, noon + e.settings.jwks_max_age).has_value());
  CHECK(refusal(*e.verifier, token, noon + e.settings.jwks_max_age) == "The token is not valid.");
}

TEST_CASE("external issuer: a key seen to be gone takes its tokens along at once") {
  elsewhere e;
  auto token = e.key.sign(elsewhere::claims(), access_token_type);
  auto other = key_of(rsa_jwk(2048, "rsa-2"));
  REQUIRE(refusal(*e.verifier, token) == "accepted");
  e.publish({other});
  auto later = noon + e.settings.jwks_min_interval;
  CHECK(refusal(*e.verifier, other.sign(elsewhere::claims(), access_token_type), later) == "accepted");
  CHECK_FALSE(e.verifier->cached(token, later).has_value());
  CHECK(refusal(*e.verifier, token, later) == "The token is not valid.");
}

TEST_CASE(
    "external issuer: while it cannot be asked, its tokens are looked at once in a while, not each time") {
  elsewhere e;
  auto token = e.key.sign(elsewhere::claims(R"({"exp":4000000000})"), access_token_type);
  REQUIRE(refusal(*e.verifier, token) == "accepted");
  std::filesystem::remove(e.file);
  auto later = noon + e.settings.jwks_max_age;
  CHECK(refusal(*e.verifier, token, later) == "accepted");
  CHECK(e.verifier->cached(token, later + e.settings.jwks_min_interval - 1s).has_value());
  CHECK_FALSE(e.verifier->cached(token, later + e.settings.jwks_min_interval).has_value());
}

TEST_CASE("external issuer: none of its users will sign in later") {
  elsewhere e;
  CHECK(refusal(*e.verifier, e.key.sign(elsewhere::claims(R"({"auth_time":4000000000})"),
                                        access_token_type)) == "The token is not valid.");
}

TEST_CASE("external issuer: algorithms are pinned") {
  elsewhere e{{signature_algorithm::es256}};
  CHECK(refusal(*e.verifier, e.key.sign(elsewhere::claims(), access_token_type)) ==
        "The token is not valid.");
}

TEST_CASE("external issuer: weak, symmetric and encryption keys are left out") {
  auto small = rsa_jwk(1024, "small");
  auto oct = R"({"kty":"oct","k":"c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0","kid":"o"})";
  auto wrong_alg = R"({"alg":"RS512",)" + rsa_jwk(2048, "w").substr(1);
  auto for_encryption = R"({"use":"enc",)" + rsa_jwk(2048, "e").substr(1);
  auto ed = R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
  auto good = rsa_jwk(2048, "g");
  auto keys = read_jwks(
      fmt::format(R"({{"keys":[{},{},{},{},{},{},7]}})", small, oct, wrong_alg, for_encryption, ed, good));
  REQUIRE(keys.size() == 1);
  CHECK(keys[0].kid() == "g");
  CHECK_THROWS_AS(read_jwks("[]"), std::runtime_error);
  CHECK_THROWS_AS(read_jwks("<html>"), std::runtime_error);
}

TEST_CASE("external issuer: keys that are no base64url are left out, whatever the library makes of them") {
  auto good = jose_key::generate().to_jwk(false);
  for (const auto* name : {"x", "y"})
    for (const auto* number : {"A====A", "A=", "A+/A", "AAAAA", "\xc3\xa9"}) {
      CAPTURE(number);
      auto jwk = parse_json(good).value().as_object();
      jwk[name] = number;
      CHECK(read_jwks("{\"keys\":[" + boost::json::serialize(jwk) + "," + good + "]}").size() == 1);
    }
  auto rsa = parse_json(rsa_jwk(2048, "r")).value().as_object();
  rsa["n"] = std::string{rsa.at("n").as_string()}.insert(64, "=====");
  CHECK(read_jwks("{\"keys\":[" + boost::json::serialize(rsa) + "]}").empty());
}

TEST_CASE("external issuer: an unknown key makes its keys be read again, but not for every token") {
  elsewhere e;
  REQUIRE(refusal(*e.verifier, e.key.sign(elsewhere::claims(), access_token_type)) == "accepted");
  auto next = key_of(rsa_jwk(2048, "rsa-2"));
  auto token = next.sign(elsewhere::claims(), access_token_type);
  CHECK(refusal(*e.verifier, token, noon + 29s) == "The token is not valid.");
  e.publish({e.key, next});
  CHECK(refusal(*e.verifier, token, noon + 29s) == "The token is not valid.");
  CHECK(refusal(*e.verifier, token, noon + 30s) == "accepted");
}

TEST_CASE("external issuer: keys it took back stop counting when they are old; unreadable ones are kept") {
  elsewhere e;
  auto token = [&](int number) {
    return e.key.sign(elsewhere::claims(fmt::format(R"({{"exp":4102444800,"jti":{}}})", number)),
                      access_token_type);
  };
  REQUIRE(refusal(*e.verifier, token(0)) == "accepted");
  write_file(e.file, "gone");
  CHECK(refusal(*e.verifier, token(1), noon + 601s) == "accepted");
  e.publish({key_of(rsa_jwk(2048, "rsa-2"))});
  CHECK(refusal(*e.verifier, token(2), noon + 1300s) == "The token is not valid.");
}

TEST_CASE("external issuer: only access tokens are taken; an ID token is none, whatever it is called") {
  auto said = [](elsewhere& e, std::string_view type, std::string_view more = "{}") {
    return refusal(*e.verifier, e.key.sign(elsewhere::claims(more), type));
  };
  elsewhere strict, lenient{{signature_algorithm::rs256}, token_type::jwt};
  for (auto type : {"at+jwt", "AT+JWT", "application/at+jwt"}) {
    CHECK(said(strict, type) == "accepted");
    CHECK(said(lenient, type) == "accepted");
  }
  CHECK(said(strict, "JWT") == "The token is not valid.");
  CHECK(said(lenient, "JWT") == "accepted");
  for (auto type : {"", "id+jwt", "logout+jwt", "dpop+jwt", "JWS"}) {
    CHECK(said(strict, type) == "The token is not valid.");
    CHECK(said(lenient, type) == "The token is not valid.");
  }
  for (auto more : {R"({"nonce":"n"})", R"({"at_hash":"h"})", R"({"c_hash":"h"})", R"({"events":{}})"})
    CHECK(said(lenient, "JWT", more) == "The token is not valid.");
}

TEST_CASE("external issuer: keys that could not be read for a day are believed no more") {
  elsewhere e;
  auto token = [&](int second) {
    return e.key.sign(elsewhere::claims(fmt::format(R"({{"exp":4102444800,"jti":{}}})", second)),
                      access_token_type);
  };
  REQUIRE(refusal(*e.verifier, token(0)) == "accepted");
  write_file(e.file, "gone");
  CHECK(refusal(*e.verifier, token(1), noon + 24h) == "accepted");
  CHECK(refusal(*e.verifier, token(2), noon + 24h + 31s) == "The token is not valid.");
}

TEST_CASE("external issuer: its keys come by https, or over loopback where that is allowed") {
  auto refused = [](const std::string& issuer, std::optional<std::string> jwks, fetch_policy policy) {
    try {
      jwks_reader({issuer, std::move(jwks), {"a"}, {signature_algorithm::rs256}, company, {}}, policy);
      return false;
    } catch (const std::runtime_error&) {
      return true;
    }
  };
  using enum fetch_policy;
  CHECK_FALSE(refused("https://idp.example", "https://idp.example/keys", https_only));
  CHECK_FALSE(refused("https://idp.example", "/etc/keys.json", https_only));
  CHECK_FALSE(refused("https://idp.example", {}, https_only));
  CHECK_FALSE(refused("http://127.0.0.1:1", "http://localhost:1/keys", http_on_loopback));
  CHECK_FALSE(refused("http://[::1]:1", {}, http_on_loopback));
  for (auto policy : {https_only, http_on_loopback})
    for (std::string bad : {"http://idp.example", "http://127.0.0.1@idp.example",
                            "http://127.0.0.1.idp.example", "http://localhost.x", "file:///etc/passwd",
                            "ftp://127.0.0.1", "https://ann:secret@idp.example", "idp", ""}) {
      CAPTURE(bad);
      CHECK(refused(bad, {}, policy));
      CHECK((bad.find("://") == std::string::npos || refused("https://idp.example", bad, policy)));
    }
  CHECK(refused("http://127.0.0.1", {}, https_only));
  CHECK(refused("https://idp.example", "http://127.0.0.1/keys", https_only));
}
