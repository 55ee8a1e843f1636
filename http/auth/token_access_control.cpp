#include "http/auth/token_access_control.hpp"

#include "http/request.hpp"
#include "http/route_table.hpp"

#include <algorithm>

namespace musterd {
namespace {

bool needs_permission(access_kind kind) {
  return kind == access_kind::permission || kind == access_kind::permission_on_self;
}

/// std::function wants copies; a decision is only handed on.
auto shared(access_decision done) {
  return std::make_shared<access_decision>(std::move(done));
}

outcome<caller> refused(fault f) {
  return outcome<caller>{boost::system::in_place_error, std::move(f)};
}

/// For rules with several keys: each may hold elsewhere, so the handler gets them apart.
outcome<caller> decide_by_any(const principal& who, const access_rule& rule, const access_standing& standing,
                              const role_catalog& catalog) {
  if (standing.verdict != access_verdict::granted)
    return refused(fault_of(standing.verdict));
  caller result{who.tenant, who.kind, who.actor, who.person, false, {}};
  auto opens = [&](const std::string& key) {
    auto index = catalog.index_of(key);
    auto answer = index ? decide_access(standing, catalog, *index) : access_answer{};
    if (answer.verdict == access_verdict::granted)
      result.held.push_back({key, answer.everywhere, std::move(answer.locations)});
    return answer.verdict == access_verdict::granted;
  };
  bool opened = opens(rule.key);
  for (const auto& key : rule.alternatives)
    opened = opens(key) || opened;
  if (!opened)
    return refused(access_denied());
  for (const auto& key : rule.asked)
    opens(key);
  return result;
}

}  // namespace

std::optional<std::string_view> bearer_token(std::string_view authorization) {
  constexpr std::string_view scheme = "bearer ";  // in any case (RFC 9110, 11.1)
  auto matches = authorization.size() > scheme.size() &&
                 std::equal(scheme.begin(), scheme.end(), authorization.begin(), [](char wanted, char c) {
                   return c == wanted || (c >= 'A' && c <= 'Z' && c + 32 == wanted);
                 });
  return matches ? std::optional{authorization.substr(scheme.size())} : std::nullopt;
}

void token_access_control::check(const http_request& request, const route& asked, access_decision done) {
  auto token = bearer_token(request.authorization);
  if (!token)
    return done(refused(unauthenticated("A bearer token is required.")));
  auto now = request.received_at;
  if (auto known = tokens_.cached(*token, now))
    return check_token(*known, asked.access, now, std::move(done));
  tokens_.verify(*token, now,
                 [this, &rule = asked.access, now, held = shared(std::move(done))](outcome<principal> who) {
                   if (who)
                     check_token(*who, rule, now, std::move(*held));
                   else
                     (*held)(refused(std::move(who.error())));
                 });
}

void token_access_control::check_token(const principal& who, const access_rule& rule, timestamp now,
                                       access_decision done) {
  // An end user's token opens nothing internal, an internal one nothing of the users' (DESIGN, security).
  auto wanted = rule.kind == access_kind::internal ? token_audience::internal : token_audience::api;
  if (who.audience != wanted)
    return done(refused(access_denied()));
  if (who.audience == token_audience::internal)
    return done(caller{who.tenant, who.kind, who.actor, who.person, true, {}});
  if (who.person.value.is_nil())
    return done(refused(access_denied()));
  ask_(who.tenant, who.person, {{who.actor}, who.family, false}, now,
       [this, who, &rule, held = shared(std::move(done))](const outcome<access_standing>& standing) {
         (*held)(decide(who, rule, standing));
       });
}

outcome<caller> token_access_control::decide(const principal& who, const access_rule& rule,
                                             const outcome<access_standing>& standing) const {
  if (!standing)
    return refused(standing.error());
  auto directory = roles_.get();
  static const role_catalog nothing;
  const auto& catalog = directory ? directory->find(who.tenant) : nothing;
  if (!rule.alternatives.empty())
    return decide_by_any(who, rule, *standing, catalog);
  auto permission = needs_permission(rule.kind) ? catalog.index_of(rule.key) : no_permission;
  if (!permission && standing->verdict == access_verdict::granted)
    return refused(access_denied());  // a key that nothing grants
  auto answer = rule.kind == access_kind::self
                    ? own_scope(*standing)
                    : decide_access(*standing, catalog, permission.value_or(no_permission));
  if (answer.verdict != access_verdict::granted)
    return refused(fault_of(answer.verdict));
  return caller{who.tenant, who.kind, who.actor, who.person, answer.everywhere, std::move(answer.locations)};
}

}  // namespace musterd
