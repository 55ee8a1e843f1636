#include "http/routes/sign_in/sign_in_session_routes.hpp"

#include "domain/person/faults.hpp"
#include "http/routing/command_route.hpp"
#include "http/routing/list_query.hpp"
#include "persistence/find/access/find_role_assignments.hpp"
#include "persistence/find/access/find_sessions.hpp"

namespace musterd {
namespace {

outcome<http_response> list_own(pqxx::transaction_base& tx, const http_call& call, const whole_list& /*all*/,
                                const page_limits& limits) {
  return json_response(200, find_sessions(tx, call.who.tenant, {call.who.actor}, call.who.session, limits));
}

struct sessions_of_user {
  user_uuid user_id;
  static constexpr std::array<std::string_view, 1> meanings{"Whose."};
};
BOOST_DESCRIBE_STRUCT(sessions_of_user, (), (user_id))

outcome<http_response> list_sessions_of_user(pqxx::transaction_base& tx, const http_call& call,
                                             const sessions_of_user& of, const page_limits& limits) {
  if (auto known = expect_user(tx, call.who.tenant, call.people(), of.user_id); !known)
    return known.error();
  return json_response(200, find_sessions(tx, call.who.tenant, of.user_id, call.who.session, limits));
}

/// Of the caller's own sessions, the current one is kept.
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
  on.get("/api/security/sessions", self, list_of<whole_list>(reads, list_own),
         list_docs<whole_list, sign_in_session>("listMySessions",
                                                "One's own sign-ins that have not ended, newest first."));
  on.del("/api/security/sessions", self, on_named<end_sessions>(people, oneself<end_sessions>),
         {"endMyOtherSessions", "Ends all one's own sessions but the one that asks.", nullptr,
          schema_of<ended_sessions_view>});
  on.del("/api/security/sessions/{sessionId}", self, on_named<end_session>(people, oneself<end_session>),
         {"endMySession", "Ends one of one's own sessions, its access tokens included.", nullptr, nullptr,
          204})
      .refused_with({session_not_found});
  on.get("/api/security/users/{userId}/sessions", view,
         list_of<sessions_of_user>(reads, list_sessions_of_user),
         list_docs<sessions_of_user, sign_in_session>("listSessionsOfUser",
                                                      "A user's sign-ins that have not ended, newest first."))
      .refused_with({user_not_found});
  on.del("/api/security/users/{userId}/sessions", end,
         on_looked_up<end_sessions>(reads, people, person_signed_in<end_sessions>),
         command_docs<end_sessions>("Ends all sessions of a user."));
  on.del("/api/security/users/{userId}/sessions/{sessionId}", end,
         on_looked_up<end_session>(reads, people, person_signed_in<end_session>),
         command_docs<end_session>("Ends one session of a user, its access tokens included."));
}

}  // namespace musterd
