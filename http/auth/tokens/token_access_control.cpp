#include "http/auth/tokens/token_access_control.hpp"

#include "common/text/text.hpp"
#include "http/message/request.hpp"
#include "http/routing/route_table.hpp"

#include <fmt/format.h>

namespace musterd {
namespace {

/// std::function needs copies; a decision can only be moved.
auto shared(access_decision done) {
  return std::make_shared<access_decision>(std::move(done));
}

caller caller_of(const principal& who, denial_recorder* denials = nullptr) {
  auto session = who.kind == principal_kind::user ? who.family : token_family_uuid{};
  return {who.tenant, who.kind, who.actor, who.person, {}, denials, session};
}

/// RFC 9470, 3: sign in again, then retry.
fault fresh_sign_in_required(std::chrono::seconds fresh) {
  fault result{fault_kind::unauthenticated,
               "FRESH_SIGN_IN_REQUIRED",
               fmt::format("This takes a sign-in of the last {} seconds: sign in again.", fresh.count()),
               {},
               {},
               {}};
  result.sign_in_within_s = fresh.count();
  return result;
}

outcome<caller> refused(fault f) {
  return outcome<caller>{boost::system::in_place_error, std::move(f)};
}

}  // namespace

std::optional<std::string_view> bearer_token(std::string_view authorization) {
  constexpr std::string_view scheme = "bearer ";  // case-insensitive (RFC 9110, 11.1)
  auto matches = authorization.size() > scheme.size() &&
                 equals_ignoring_case(authorization.substr(0, scheme.size()), scheme);
  return matches ? std::optional{authorization.substr(scheme.size())} : std::nullopt;
}

void token_access_control::check(const http_request& request, const route& asked, access_decision done) {
  auto token = bearer_token(request.authorization);
  if (!token)
    return done(refused(unauthenticated("A bearer token is required.")));
  attempt a{request, asked};
  if (auto known = tokens_.cached(*token, request.received_at))
    return check_token(*known, a, std::move(done));
  tokens_.verify(*token, request.received_at,
                 [this, a, held = shared(std::move(done))](outcome<principal> who) {
                   if (who)
                     check_token(*who, a, std::move(*held));
                   else
                     (*held)(refused(who.error()));
                 });
}

void token_access_control::check_token(const principal& who, attempt a, access_decision done) {
  done.asked_by(caller_of(who));
  if (auto may = rates_.take(who, a.request.received_at); !may)
    return done(refused(may.error()));
  // A user's token opens nothing internal, a service's nothing of the users' (G-AUTH-6).
  auto wanted = a.asked.access.kind == access_kind::internal ? token_audience::internal : token_audience::api;
  bool is_users = who.audience != token_audience::internal;
  if (is_users != (wanted == token_audience::api) || (is_users && who.person.value.is_nil()))
    return done(refused(denied(who, a)));
  if (!is_users)
    return check_service(who, a, std::move(done));
  ask_(who.tenant, who.person, {{who.actor}, who.family, false}, a.request.received_at,
       [this, who, a, held = shared(std::move(done))](const outcome<access_standing>& standing) {
         (*held)(decide(who, a, standing));
       });
}

void token_access_control::check_service(const principal& who, attempt a, access_decision done) {
  auto company = companies_.find(who.tenant);
  if (company->services.find({who.actor}) != nullptr)
    return done(admit_service(who, a, *company));
  if (companies_.contains(who.tenant))
    return done(admit_service(who, a, *companies_.find(who.tenant)));
  show_company_(who.tenant, [this, who, a, held = shared(std::move(done))](const outcome<void>& shown) {
    (*held)(shown ? admit_service(who, a, *companies_.find(who.tenant)) : refused(shown.error()));
  });
}

outcome<caller> token_access_control::admit_service(const principal& who, const attempt& a,
                                                    const company_directory& company) const {
  const auto* service = company.services.find({who.actor});
  if (service == nullptr || !service->has_live({who.family.value}, a.request.received_at))
    return refused(unauthenticated("The service was revoked, or its secret has ended."));
  auto scope = a.asked.access.keys.front();
  if (!service->may(scope.key()))
    return refused(denied(who, a));
  auto result = caller_of(who, &denials_);
  result.held.push_back({scope, {true}});
  return result;
}

fault token_access_control::denied(const principal& who, const attempt& a) const {
  return denials_.denied(caller_of(who), a.request, a.asked);
}

fault token_access_control::turned_away(const principal& who, const attempt& a,
                                        access_verdict verdict) const {
  auto why = fault_of(verdict);
  return why.kind == fault_kind::forbidden
             ? denials_.denied(caller_of(who), a.request, a.asked, std::move(why))
             : why;
}

outcome<caller> token_access_control::decide(const principal& who, const attempt& a,
                                             const outcome<access_standing>& standing) const {
  if (!standing)
    return refused(standing.error());
  if (standing->verdict != access_verdict::granted)
    return refused(turned_away(who, a, standing->verdict));
  auto company = companies_.find(who.tenant);
  if (auto why = held_back(who, a, *standing, company->roles))
    return refused(std::move(*why));
  auto held = opened_with(a.asked.access, standing->grants, a.request.received_at, company->roles);
  if (!held)
    return refused(denied(who, a));
  if (a.asked.access.fresh && !is_fresh(who, a))
    return refused(fresh_sign_in_required(fresh_));
  auto result = caller_of(who, &denials_);
  result.held = std::move(*held);
  return result;
}

std::optional<fault> token_access_control::held_back(const principal& who, const attempt& a,
                                                     const access_standing& standing,
                                                     const role_catalog& catalog) const {
  auto required = required_of(standing, catalog, policy_);
  if (required && a.asked.access.settles != required)
    return denials_.denied(caller_of(who), a.request, a.asked, action_required(*required));
  if (!required && who.audience == token_audience::restricted)
    return unauthenticated("What the token was good for is done: refresh it.");
  return std::nullopt;
}

bool token_access_control::is_fresh(const principal& who, const attempt& a) const {
  return fresh_.count() == 0 || a.request.received_at - who.signed_in_at <= fresh_;
}

}  // namespace musterd
