#include "http/auth/tokens/token_verifier.hpp"

#include "common/json/json_read.hpp"
#include "http/auth/tokens/token_issuer.hpp"

namespace musterd {
namespace {

fault not_valid() {
  return unauthenticated("The token is not valid.");
}

constexpr std::size_t max_waiting = 256;

std::vector<std::unique_ptr<trusted_issuer>> make_issuers(const token_settings& s,
                                                          trusted_issuer::key_reader own_keys) {
  std::vector<std::unique_ptr<trusted_issuer>> result;
  trusted_issuer::terms own{s.issuer,
                            {s.api_audience, s.internal_audience, s.restricted_audience},
                            {signature_algorithm::es256},
                            token_type::at_jwt,
                            true,
                            {},
                            s.own_keys_min_interval,
                            s.jwks_max_age};
  result.push_back(std::make_unique<trusted_issuer>(std::move(own), std::move(own_keys)));
  for (const auto& e : s.external) {
    if (e.issuer.empty() || e.audiences.empty() || e.tenant.value.is_nil() || e.issuer == s.issuer)
      throw std::runtime_error{"an external issuer needs a name of its own, audiences and a tenant: " +
                               e.issuer};
    trusted_issuer::terms terms{
        e.issuer, e.audiences, e.algorithms,        e.token_type.value_or(token_type::at_jwt),
        false,    e.tenant,    s.jwks_min_interval, s.jwks_max_age};
    result.push_back(std::make_unique<trusted_issuer>(std::move(terms), jwks_reader(e, s.fetched)));
  }
  return result;
}

}  // namespace

token_verifier::token_verifier(const token_settings& settings, trusted_issuer::key_reader own_keys,
                               subject_lookup find_subject, key_trouble on_trouble)
    : settings_{settings}, find_subject_{std::move(find_subject)}, on_trouble_{std::move(on_trouble)},
      cache_{settings.cached_tokens}, issuers_{make_issuers(settings, std::move(own_keys))},
      slow_{1, max_waiting} {
  // Time zero, so that a token of a key made a moment later may trigger a re-read at once.
  if (auto trouble = issuers_.front()->refresh(timestamp{}))
    throw std::runtime_error{*trouble};
}

void token_verifier::verify(std::string_view token, timestamp now, callback done) {
  if (auto known = cache_.find(token, now))
    return done(*known);
  auto parts = take_apart(token);
  if (!parts)
    return done(parts.error());
  auto* from = issuer_named(parts->issuer);
  if (from == nullptr || !from->accepts(parts->algorithm) || !from->accepts_type(parts->type))
    return done(not_valid());
  auto key = from->find(parts->kid, parts->algorithm);
  if (from->about().built_in && key)
    return done(check(*from, *parts, *key, now));
  if (!key && !from->may_refresh(now))
    return done(not_valid());
  verify_later(*from, key && !from->is_stale(now), std::string{token}, now, std::move(done));
}

void token_verifier::verify_later(trusted_issuer& from, bool has_fresh_key, std::string text, timestamp now,
                                  callback done) {
  auto shared = std::make_shared<callback>(std::move(done));
  auto work = [this, &from, text = std::move(text), now, shared] {
    auto parts = take_apart(text);
    if (!parts)
      return (*shared)(parts.error());
    auto key = from.find(parts->kid, parts->algorithm);
    if (!key || (!from.about().built_in && from.is_stale(now))) {
      refresh(from, now);
      key = from.find(parts->kid, parts->algorithm);
    }
    (*shared)(key ? check(from, *parts, *key, now) : outcome<principal>{not_valid()});
  };
  // Fetching an issuer's keys may be slow; that delays only its own tokens.
  auto accepted = has_fresh_key ? slow_.submit(std::move(work)) : from.submit(std::move(work));
  if (!accepted)
    (*shared)(busy("Too many sign-ins are being checked at once."));
}

void token_verifier::take_own_keys(jose_key_set keys, timestamp now) {
  issuers_.front()->put(std::move(keys), now);
}

void token_verifier::refresh(trusted_issuer& from, timestamp now) {
  auto trouble = from.refresh(now);
  if (trouble && on_trouble_)
    on_trouble_(from.about().issuer, *trouble);
}

outcome<principal> token_verifier::check(trusted_issuer& from, const signed_token& token,
                                         const trusted_issuer::found_key& by, timestamp now) {
  auto text = by.key.verify(token.text);
  auto claims = text ? parse_json(*text) : outcome<boost::json::value>{not_valid()};
  if (!claims || !claims->is_object())
    return not_valid();
  const auto& object = claims->get_object();
  if (text_claim(object, "iss") != from.about().issuer ||
      (!is_access_token_type(token.type) && is_no_access_token(object)))
    return not_valid();
  auto second = std::chrono::floor<std::chrono::seconds>(now);
  if (auto good = check_claims(object, from.about().audiences, second, settings_.leeway); !good)
    return good.error();
  auto signed_in_at = date_claim(object, "auth_time");
  if (signed_in_at && *signed_in_at > second + settings_.leeway)
    return not_valid();  // would stay fresh forever
  auto who = from.about().built_in ? own_principal(object) : external_principal(from, object);
  if (who) {
    who->expires_at = *date_claim(object, "exp");
    if (signed_in_at)
      who->signed_in_at = *signed_in_at;
    auto until = std::min<timestamp>(who->expires_at + settings_.leeway, from.believed_until());
    cache_.remember(token.text, *who, by.edition, until, now);
  }
  return who;
}

outcome<principal> token_verifier::own_principal(const boost::json::object& claims) const {
  auto read = value_from_json<access_claims, naming::row>(claims);
  if (!read)
    return not_valid();
  // A user's token that names no session would outlive them all.
  if (read->kind == principal_kind::user && (!read->fam || read->fam->value.is_nil()))
    return not_valid();
  principal who{read->tenant,
                read->kind,
                read->sub.value,
                read->person.value_or(person_uuid{}),
                token_audience::api,
                read->fam.value_or(token_family_uuid{}),
                {},
                {}};
  for (auto other : {token_audience::internal, token_audience::restricted})
    if (read->aud == settings_.audience(other))
      who.audience = other;
  return who;
}

outcome<principal> token_verifier::external_principal(const trusted_issuer& from,
                                                      const boost::json::object& claims) const {
  auto subject = text_claim(claims, "sub");
  auto user = subject.empty() || !find_subject_ ? std::nullopt : find_subject_(from.about().tenant, subject);
  if (!user)
    return unauthenticated("The token's subject is not known here.");
  return principal{from.about().tenant,
                   principal_kind::user,
                   user->user.value,
                   user->person,
                   token_audience::api,
                   {},
                   {},
                   {}};
}

trusted_issuer* token_verifier::issuer_named(std::string_view name) {
  for (auto& issuer : issuers_)
    if (issuer->about().issuer == name)
      return issuer.get();
  return nullptr;
}

}  // namespace musterd
