#include "http/routes/sign_in/sign_in_session_routes.hpp"

#include "http/routing/command_route.hpp"
#include "http/routing/query.hpp"
#include "persistence/find/access/find_role_assignments.hpp"
#include "persistence/find/access/find_sessions.hpp"

namespace musterd {
namespace {

outcome<http_response> sessions_of(pqxx::transaction_base& tx, const http_call& call, user_uuid user) {
  auto limits = page_of(call.request);
  if (!limits)
    return limits.error();
  return json_response(200, find_sessions(tx, call.who.tenant, user, call.who.session, *limits));
}

outcome<http_response> list_own(pqxx::transaction_base& tx, const http_call& call) {
  return sessions_of(tx, call, {call.who.actor});
}

outcome<http_response> list_users(pqxx::transaction_base& tx, const http_call& call) {
  auto user = call.id_parameter<user_uuid>("userId");
  if (!user)
    return user.error();
  if (auto known = expect_user(tx, call.who.tenant, call.people(), *user); !known)
    return known.error();
  return sessions_of(tx, call, *user);
}

/// Of all one's own, the one that asks goes on.
template <class Command>
outcome<uuid> oneself(const http_call& call, Command& c) {
  c.user_id = {call.who.actor};
  if constexpr (requires { c.kept; })
    c.kept = call.who.session;
  return call.who.person.value;
}

template <class Command>
outcome<uuid> person_signed_in(pqxx::transaction_base& tx, const http_call& call, const Command& c) {
  return expect_person_of_user(tx, call.who.tenant, c.user_id);
}

}  // namespace

void sign_in_session_routes(route_table& on, entities<person_aggregate>& people, read_pool& reads) {
  using namespace access;
  auto view = permission_everywhere("security:session:view");
  auto end = permission_everywhere("security:session:end");
  on.get("/api/security/sessions", self, list_from_database(reads, list_own),
         {"listMySessions", "One's own sign-ins that have not ended, newest first.", nullptr,
          schema_of<page<sign_in_session>>, 200, paged()});
  on.del("/api/security/sessions", self, named_by<end_sessions>(people, oneself<end_sessions>),
         {"endMyOtherSessions", "Ends all one's own sessions but the one that asks.", nullptr,
          schema_of<ended_sessions_view>});
  on.del("/api/security/sessions/{sessionId}", self, named_by<end_session>(people, oneself<end_session>),
         {"endMySession", "Ends one of one's own sessions, its access tokens included.", nullptr, nullptr,
          204})
      .refused_with({known::not_found("SESSION_NOT_FOUND")});
  on.get("/api/security/users/{userId}/sessions", view, list_from_database(reads, list_users),
         {"listSessionsOfUser", "A user's sign-ins that have not ended, newest first.", nullptr,
          schema_of<page<sign_in_session>>, 200, paged()})
      .refused_with({known::not_found("USER_NOT_FOUND")});
  on.del("/api/security/users/{userId}/sessions", end,
         located<end_sessions>(reads, people, person_signed_in<end_sessions>),
         command_docs<end_sessions>("Ends all sessions of a user."));
  on.del("/api/security/users/{userId}/sessions/{sessionId}", end,
         located<end_session>(reads, people, person_signed_in<end_session>),
         command_docs<end_session>("Ends one session of a user, its access tokens included."));
}

}  // namespace musterd
