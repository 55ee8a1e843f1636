#include "http/auth/token_issuer.hpp"

#include "common/json_write.hpp"

namespace musterd {

issued_token token_issuer::issue(const principal& who, timestamp now) const {
  using std::chrono::floor, std::chrono::seconds;
  auto issued = floor<seconds>(now);
  auto expires = std::min(issued + settings_.access_lifetime, floor<seconds>(who.expires_at));
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
  return {keys_.front().sign(to_json(claims), access_token_type), expires - issued};
}

}  // namespace musterd
