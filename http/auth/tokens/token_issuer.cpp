#include "http/auth/tokens/token_issuer.hpp"

#include "common/json/json_write.hpp"

namespace musterd {
namespace {

constexpr std::chrono::seconds longest_sign_in{30};

fault no_lasting_key() {
  return unavailable("No signing key is known to last as long as a token; try again.");
}

}  // namespace

outcome<void> token_issuer::may_issue() const {
  if (!keys_.key_to_sign(settings_.access_lifetime + longest_sign_in))
    return no_lasting_key();
  return {};
}

outcome<issued_token> token_issuer::issue(const principal& who, timestamp now) const {
  using std::chrono::floor, std::chrono::seconds;
  auto issued = floor<seconds>(now);
  auto expires = std::min(issued + settings_.access_lifetime, floor<seconds>(who.expires_at));
  auto key = keys_.key_to_sign(expires - issued);
  if (!key)
    return no_lasting_key();
  access_claims claims;
  claims.iss = settings_.issuer;
  claims.aud = settings_.audience(who.audience);
  claims.sub = {who.actor};
  claims.tenant = who.tenant;
  if (!who.person.value.is_nil())
    claims.person = who.person;
  claims.kind = who.kind;
  claims.jti = uuid::generate();
  if (!who.family.value.is_nil())
    claims.fam = who.family;
  if (who.signed_in_at != timestamp{})
    claims.auth_time = floor<seconds>(who.signed_in_at).time_since_epoch().count();
  claims.iat = claims.nbf = issued.time_since_epoch().count();
  claims.exp = expires.time_since_epoch().count();
  // Registered claim names are in snake_case: auth_time.
  return issued_token{key->sign(to_json<naming::row>(claims), access_token_type), expires - issued};
}

}  // namespace musterd
