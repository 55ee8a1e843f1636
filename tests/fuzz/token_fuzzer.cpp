#include "common/json/json_read.hpp"
#include "tests/fuzz/property.hpp"
#include "tests/http_unit/auth/auth_fixture.hpp"

using namespace musterd;
using namespace musterd::testing;
using fuzz::require;

namespace {

/// Keys are new in every process, so no corpus entry is signed by one.
struct world {
  token_settings settings = [] {
    token_settings s;
    s.cached_tokens = 64;
    return s;
  }();
  jose_key_set keys{jose_key::generate()};
  jose_key rsa = *jose_key::from_jwk(parse_json(rsa_jwk(2048, "rsa")).value().as_object());
  key_ring ring{keys.front()};
  token_issuer issuer{settings, ring};
  token_verifier verifier{settings, [this] { return keys; }};
  std::string good = issuer.issue(ann_principal(), noon).value().text;
};

/// Only claims that are for us, current and complete are accepted, and nothing is added.
void check_claims_signed(world& w, std::string_view claims) {
  auto token = w.keys.front().sign(claims, access_token_type);
  auto who = verified(w.verifier, token);
  if (!who)
    return;
  auto read = from_json<access_claims, naming::row>(claims);
  require(read.has_value() && read->iss == w.settings.issuer, "claims are complete and ours");
  require(read->aud == w.settings.audience(who->audience), "claims are for us");
  auto seconds = std::chrono::floor<std::chrono::seconds>(noon).time_since_epoch().count();
  auto leeway = w.settings.leeway.count();
  require(read->exp + leeway > seconds && read->nbf - leeway <= seconds, "claims are in their time");
  require(who->tenant == read->tenant && who->actor == read->sub.value && who->kind == read->kind,
          "the principal is whom the claims name");
  require(!verified(w.verifier, w.keys.front().sign(claims, "JWT")), "another kind of token is none");
}

/// One edit of a good token, at the position the first byte gives.
void check_edited(world& w, std::string_view edit) {
  auto at = edit.empty() ? 0 : static_cast<unsigned char>(edit[0]) * w.good.size() / 256;
  auto token = w.good;
  auto replacement = edit.substr(std::min<std::size_t>(1, edit.size()));
  token.replace(at, replacement.size(), replacement);
  require(verified(w.verifier, token).has_value() == (token == w.good), "a token has one text");
}

void check_keys(std::string_view text) {
  jose_key_set keys;
  try {
    keys = read_jwks(text);
  } catch (const std::runtime_error&) {
    return;
  }
  auto shown = public_jwks(keys);
  require(shown.find("\"d\"") == shown.npos && shown.find("\"k\"") == shown.npos, "no secret is shown");
  auto again = read_jwks(shown);
  require(again.size() == keys.size(), "keys survive writing");
  for (std::size_t i = 0; i < keys.size(); ++i)
    require(keys[i].kid() == again[i].kid() && keys[i].algorithm() == again[i].algorithm(),
            "keys survive writing");
}

}  // namespace

/// The first byte says what follows: a token, claims to sign, an edit of a good token, or a key set.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static world w;
  if (size == 0)
    return 0;
  auto text = fuzz::text_of(data + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      require(!verified(w.verifier, text) && !w.verifier.cached(text, noon), "who has no key has no token");
      require(!w.rsa.verify(text) && !w.keys.front().verify(text), "who has no key signs nothing");
      break;
    case 1: check_claims_signed(w, text); break;
    case 2: check_edited(w, text); break;
    default: check_keys(text);
  }
  return 0;
}
