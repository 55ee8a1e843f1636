#include "tests/http_unit/auth/auth_fixture.hpp"

#include "common/json/json_read.hpp"
#include "http/auth/tokens/signed_token.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace musterd;
using namespace musterd::testing;

namespace {

constexpr auto invalid = "The token is not valid.";

/// Edited claims, signed by the built-in issuer's own key.
std::string resigned(const built_in& b, std::string_view changes) {
  return b.keys.front().sign(edited_claims(b.token(), changes), access_token_type);
}

}  // namespace

TEST_CASE("token: says who calls, until it expires") {
  built_in b;
  auto who = verified(b.verifier, b.token());
  REQUIRE(who.has_value());
  auto expected = ann_principal();
  expected.expires_at = noon + 900s;
  CHECK(*who == expected);
  CHECK(b.verifier.cached(b.token(), noon) == std::nullopt);  // another jti, another token
}

TEST_CASE("token: an internal one says so, and a service has no person") {
  built_in b;
  auto service = ann_principal();
  service.kind = principal_kind::service;
  service.person = {};
  service.family = {};
  service.audience = token_audience::internal;
  auto who = verified(b.verifier, b.token(service));
  REQUIRE(who.has_value());
  CHECK(who->audience == token_audience::internal);
  CHECK(who->kind == principal_kind::service);
  CHECK(who->person.value.is_nil());
}

TEST_CASE("token: a restricted one says so, and all say when their user signed in") {
  built_in b;
  auto held_back = ann_principal();
  held_back.audience = token_audience::restricted;
  held_back.signed_in_at = noon - 3600s;
  auto who = verified(b.verifier, b.token(held_back));
  REQUIRE(who.has_value());
  CHECK(who->audience == token_audience::restricted);
  CHECK(who->signed_in_at == noon - 3600s);
  CHECK(verified(b.verifier, resigned(b, R"({"auth_time":"now"})")).has_error());
}

TEST_CASE("token: none outlives its session") {
  built_in b;
  auto who = ann_principal();
  who.expires_at = noon + 60s;
  auto issued = b.issuer.issue(who, noon).value();
  CHECK(issued.lifetime == 60s);
  CHECK(verified(b.verifier, issued.text)->expires_at == noon + 60s);
}

TEST_CASE("token: expired, not valid yet, with a little leeway; also from the cache") {
  built_in b;
  auto token = b.token();
  CHECK(refusal(b.verifier, token, noon + 909s) == "accepted");
  CHECK(b.verifier.cached(token, noon + 909s).has_value());
  CHECK_FALSE(b.verifier.cached(token, noon + 910s).has_value());
  CHECK(refusal(b.verifier, token, noon + 910s) == "The token has expired.");
  CHECK(refusal(b.verifier, b.token(), noon - 11s) == "The token is not valid yet.");
  CHECK(refusal(b.verifier, b.token(), noon - 10s) == "accepted");
}

TEST_CASE("token: claims that are missing, wrong or of another type are refused") {
  built_in b;
  CHECK(refusal(b.verifier, resigned(b, "{}")) == "accepted");
  for (auto changes :
       {R"({"iss":"somebody"})", R"({"iss":null})", R"({"aud":"other"})", R"({"aud":null})", R"({"aud":[]})",
        R"({"exp":null})", R"({"exp":"never"})", R"({"exp":1e300})", R"({"exp":-1})", R"({"sub":null})",
        R"({"sub":"x"})", R"({"tenant":null})", R"({"tenant":7})", R"({"kind":"GOD"})"}) {
    CAPTURE(changes);
    CHECK(refusal(b.verifier, resigned(b, changes)) == invalid);
  }
  CHECK(refusal(b.verifier, resigned(b, R"({"nbf":"x"})")) == "The token is not valid yet.");
}

TEST_CASE("token: tampered with in any place, it is refused") {
  built_in b;
  auto token = b.token();
  CHECK(refusal(b.verifier,
                assembled(header_of(token),
                          edited_claims(token, R"({"tenant":"00000000-0000-0000-0000-000000000009"})"),
                          std::string(64, 'x'))) == invalid);
  for (std::size_t i = 0; i < token.size(); i += 7) {
    auto changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    if (i + 1 != token.size())  // the last letter has unused bits
      CHECK(refusal(b.verifier, changed) != "accepted");
  }
  for (auto text : {"", ".", "..", "a.b", "a.b.c", "a.b.c.d", "e30.e30.e30", "e30.e30.", "🔑.🔑.🔑"})
    CHECK(refusal(b.verifier, text) != "accepted");
  CHECK(refusal(b.verifier, token + ".") != "accepted");
  CHECK(refusal(b.verifier, token + "=") != "accepted");
  CHECK(refusal(b.verifier, std::string(100'000, 'a')) != "accepted");
}

TEST_CASE("token: a key says no to what is no compact JWT, whatever the library makes of it") {
  built_in b;
  auto token = b.token();
  const auto& key = b.keys.front();
  CHECK(key.verify(token).has_value());
  for (std::size_t at : {std::size_t{5}, token.find('.') + 5, token.rfind('.') + 5})
    for (const auto* foreign : {"=====", "=", " ", "+", "."})
      CHECK_FALSE(key.verify(std::string{token}.insert(at, foreign)).has_value());
  CHECK_FALSE(key.verify("").has_value());
}

TEST_CASE("token: `none` and HMAC with the public key are refused") {
  built_in b;
  auto token = b.token();
  auto claims = claims_of(token);
  auto kid = b.keys.front().kid();
  for (auto none : {"none", "None", "NONE", ""})
    for (auto signature : {"", "x"})
      CHECK(
          refusal(b.verifier, assembled(fmt::format(R"({{"alg":"{}","kid":"{}","typ":"at+jwt"}})", none, kid),
                                        claims, signature)) == invalid);
  auto header = fmt::format(R"({{"alg":"HS256","kid":"{}","typ":"at+jwt"}})", kid);
  for (const auto& secret : {b.keys.front().to_jwk(false), public_jwks(b.keys), kid}) {
    auto unsigned_part = assembled(header, claims, "");
    unsigned_part.pop_back();
    CHECK(refusal(b.verifier, assembled(header, claims, hmac_sha256(secret, unsigned_part))) == invalid);
  }
}

TEST_CASE("token: the algorithm is the key's, not the header's") {
  built_in b;
  auto token = b.token();
  auto signature = token.substr(token.rfind('.'));
  for (auto alg : {"RS256", "ES384", "PS256", "EdDSA", "es256"}) {
    auto forged =
        assembled(fmt::format(R"({{"alg":"{}","kid":"{}","typ":"at+jwt"}})", alg, b.keys.front().kid()),
                  claims_of(token), "");
    forged.pop_back();
    CHECK(refusal(b.verifier, forged + signature) == invalid);
  }
}

TEST_CASE("token: keys that a header brings along are not used; critical headers are refused") {
  built_in b;
  auto attacker = jose_key::generate();
  auto claims = claims_of(b.token());
  CHECK(refusal(b.verifier, attacker.sign(claims, access_token_type)) == invalid);
  auto jwk = attacker.to_jwk(false);
  for (const auto& extra :
       {R"("jwk":)" + jwk, std::string{R"("jku":"https://evil.example/jwks.json")"},
        std::string{R"("x5u":"https://evil.example/x")"}, std::string{R"("crit":["exp"])"}}) {
    auto header = fmt::format(R"({{"alg":"ES256","kid":"{}","typ":"at+jwt",{}}})", attacker.kid(), extra);
    CHECK(refusal(b.verifier, assembled(header, claims, std::string(64, '\1'))) == invalid);
  }
  // Also when the list is empty, and nothing else is wrong.
  auto taken_apart = [&](std::string_view extra) {
    return take_apart(assembled(fmt::format(R"({{"alg":"ES256","typ":"at+jwt"{}}})", extra), claims,
                                std::string(64, '\1')))
        .has_value();
  };
  CHECK(taken_apart(""));
  CHECK_FALSE(taken_apart(R"(,"crit":[])"));
}

TEST_CASE("token: another kind of JWT signed by us is no access token") {
  built_in b;
  CHECK(refusal(b.verifier, b.keys.front().sign(claims_of(b.token()), "JWT")) == invalid);
}

TEST_CASE("token: after a rotation old ones hold, new ones are understood, removed keys are not") {
  built_in b;
  auto before = b.token();
  auto next = jose_key::generate();
  key_ring rotated_ring{next};
  token_issuer rotated{b.settings, rotated_ring};
  auto after = rotated.issue(ann_principal(), noon)->text;
  CHECK(refusal(b.verifier, after) == invalid);
  b.keys = {next, b.keys.front()};
  CHECK(refusal(b.verifier, after, noon + 500ms) == invalid);  // they were read a moment ago: not again so
                                                               // soon
  CHECK(refusal(b.verifier, after, noon + 1s) == "accepted");
  CHECK(refusal(b.verifier, before, noon + 1s) == "accepted");
  b.verifier.take_own_keys({next}, noon + 2s);
  CHECK(refusal(b.verifier, b.token(), noon + 3s) == "accepted");  // they are read again for it
  CHECK(rotated_ring.jwks()->find("\"d\"") == std::string::npos);
}

TEST_CASE("token: one of ours that names no session is none") {
  built_in b;
  CHECK(refusal(b.verifier, resigned(b, R"({"fam":null})")) == invalid);
  CHECK(refusal(b.verifier, resigned(b, R"({"fam":"00000000-0000-0000-0000-000000000000"})")) == invalid);
}

TEST_CASE("token: none says that its user will sign in later") {
  built_in b;
  auto signed_in = [&](std::int64_t seconds_from_now) {
    auto at = std::chrono::floor<std::chrono::seconds>(noon).time_since_epoch().count() + seconds_from_now;
    return refusal(b.verifier, resigned(b, fmt::format(R"({{"auth_time":{}}})", at)));
  };
  CHECK(signed_in(10) == "accepted");
  CHECK(signed_in(11) == invalid);
  CHECK(signed_in(86'400) == invalid);
}

TEST_CASE("token: the cache forgets those of a key that is gone, and of no other") {
  built_in b;
  auto token = b.token();
  REQUIRE(refusal(b.verifier, token) == "accepted");
  auto next = jose_key::generate();
  b.verifier.take_own_keys({b.keys.front(), next}, noon);
  CHECK(b.verifier.cached(token, noon).has_value());
  b.keys = {next};
  b.verifier.take_own_keys({next}, noon);
  CHECK_FALSE(b.verifier.cached(token, noon).has_value());
  CHECK(refusal(b.verifier, token, noon + 2s) == invalid);
}

TEST_CASE("token cache: hits only the very token, forgets at capacity and at expiry") {
  principal_cache cache{64};
  auto who = ann_principal();
  std::atomic<std::uint64_t> edition = 7;
  key_edition keys{&edition, 7};
  cache.remember("token-a", who, keys, noon + 60s, noon);
  CHECK(cache.find("token-a", noon) == who);
  CHECK_FALSE(cache.find("token-b", noon).has_value());
  CHECK_FALSE(cache.find("token-a", noon + 60s).has_value());
  for (int i = 0; i < 10'000; ++i)
    cache.remember("token" + std::to_string(i), who, keys, noon + 60s, noon);
  CHECK(cache.size() <= 64);
  cache.remember("token-c", who, keys, noon + 60s, noon);
  CHECK(cache.find("token-c", noon).has_value());
  edition = 8;
  CHECK_FALSE(cache.find("token-c", noon).has_value());
}
