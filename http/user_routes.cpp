#include "http/user_routes.hpp"

#include "common/text.hpp"
#include "http/command_route.hpp"
#include "http/query.hpp"
#include "persistence/find_role_assignments.hpp"
#include "persistence/find_users.hpp"

namespace musterd {
namespace {

/// Story 90, BR5: what pickers ask for.
query_docs eligible_docs() {
  return {"eligible", "Only those who may be given work or roles: person and user ACTIVE.", schema_of<bool>};
}

outcome<http_response> list_persons(pqxx::transaction_base& tx, const http_call& call) {
  query_reader query{call.request};
  person_filter wanted{query.get<std::string>("search"), query.get<bool>("eligible").value_or(false)};
  auto limits = page_of(query);
  if (!limits)
    return limits.error();
  return json_response(200, find_persons(tx, call.who.tenant, call.people(), wanted, *limits));
}

outcome<http_response> list_users(pqxx::transaction_base& tx, const http_call& call) {
  query_reader query{call.request};
  user_filter wanted{query.get<std::string>("search"), query.get<access_status>("status"),
                     query.get<bool>("eligible").value_or(false)};
  auto limits = page_of(query);
  if (!limits)
    return limits.error();
  return json_response(200, find_users(tx, call.who.tenant, call.people(), wanted, *limits));
}

outcome<http_response> one_user(pqxx::transaction_base& tx, const http_call& call) {
  auto id = call.id_parameter<user_uuid>("userId");
  if (!id)
    return id.error();
  auto found = find_user(tx, call.who.tenant, *id);
  if (!found)
    return user_not_found();
  return versioned_response(*found);
}

/// Hashes a password off this thread, then goes on with the hash.
void with_hash(const std::shared_ptr<http_call>& call, password_hasher& hasher, std::string password,
               std::function<void(std::string hash)> next) {
  hasher.hash(std::move(password), [call, next = std::move(next)](outcome<std::string> hash) {
    if (hash)
      next(std::move(*hash));
    else
      call->respond(hash.error());
  });
}

/// A user who is there keeps their password: whether it is the one asked for decides if there is anything to
/// name (Story 91). Asking again and again is throttled like signing in.
void compare_password(user_services s, const std::shared_ptr<http_call>& call, uuid person, std::string hash,
                      std::string password, provision_user command) {
  auto name = to_string(call->who.actor);
  const auto& request = call->request;
  if (auto ok = s.throttle.check(name, request.client_address, request.received_at); !ok)
    return call->respond(ok.error());
  s.hasher.verify(hash.empty() ? std::nullopt : std::optional{std::move(hash)}, std::move(password),
                  [s, call, name, person, command](outcome<password_verdict> verdict) mutable {
                    if (!verdict)
                      return call->respond(verdict.error());
                    command.other_password = *verdict == password_verdict::wrong;
                    if (command.other_password)
                      s.throttle.failed(name, call->request.client_address, call->request.received_at);
                    run_command(std::move(*call), s.people, person, std::move(command));
                  });
}

/// What is known of the person's user, if there is one.
struct present_user {
  std::optional<user_view> user;
  std::string password_hash;
};

void provision(user_services s, const std::shared_ptr<http_call>& call, const provisioning& asked,
               present_user present) {
  provision_user command{asked.username,
                         asked.email,
                         asked.subject,
                         asked.role_ids.value_or(std::vector<role_uuid>{}),
                         {},
                         present.user ? present.user->link_status : link_status::pending};
  auto person = asked.person_id.value;
  if (!asked.password)
    return run_command(std::move(*call), s.people, person, std::move(command));
  if (present.user && equals_ignoring_case(present.user->username, asked.username))
    return compare_password(s, call, person, std::move(present.password_hash), *asked.password,
                            std::move(command));
  with_hash(call, s.hasher, *asked.password, [s, call, person, command](std::string hash) mutable {
    command.password_hash = std::move(hash);
    run_command(std::move(*call), s.people, person, std::move(command));
  });
}

constexpr auto assign = "people:role_assignment:create";

handler_fn provision_route(user_services s) {
  return [s](http_call&& call) {
    auto asked = command_from<provisioning>(call);
    if (!asked)
      return call.respond(asked.error());
    // Whoever makes a user with roles assigns them.
    if (asked->role_ids && !asked->role_ids->empty() && !call.who.holds_everywhere(assign))
      return call.respond(call.deny());
    with_database(std::move(call), s.reads,
                  [s, asked = std::move(*asked)](pqxx::transaction_base& tx, http_call&& found) {
                    present_user present{find_user_of(tx, found.who.tenant, asked.person_id), {}};
                    if (present.user && asked.password)
                      present.password_hash = find_password_hash(tx, found.who.tenant, present.user->user_id);
                    provision(s, std::make_shared<http_call>(std::move(found)), asked, std::move(present));
                  });
  };
}

struct new_password {
  std::string password;
};
BOOST_DESCRIBE_STRUCT(new_password, (), (password))

void validate(const new_password& p, std::vector<field_error>& errors) {
  validate_password(p.password, errors);
}

void set_password_of(user_services s, const std::shared_ptr<http_call>& call, person_uuid person,
                     user_uuid user, std::string password) {
  with_hash(call, s.hasher, std::move(password), [s, call, person, user](std::string hash) {
    run_command(std::move(*call), s.people, person.value, set_password{user, std::move(hash)});
  });
}

handler_fn set_users_password(user_services s) {
  return [s](http_call&& call) {
    auto user = call.id_parameter<user_uuid>("userId");
    if (!user)
      return call.respond(user.error());
    auto asked = command_from<new_password>(call);
    if (!asked)
      return call.respond(asked.error());
    with_database(
        std::move(call), s.reads,
        [s, user = *user, asked = std::move(*asked)](pqxx::transaction_base& tx, http_call&& found) {
          auto person = find_person_of_user(tx, found.who.tenant, user);
          if (!person)
            return found.respond(user_not_found());
          set_password_of(s, std::make_shared<http_call>(std::move(found)), *person, user, asked.password);
        });
  };
}

struct password_change {
  std::string old_password;
  std::string password;
};
BOOST_DESCRIBE_STRUCT(password_change, (), (old_password, password))

void validate(const password_change& p, std::vector<field_error>& errors) {
  validate_password(p.password, errors);
}

/// Guessing the old password with a stolen token is throttled like signing in.
void change_own_password(user_services s, const std::shared_ptr<http_call>& call,
                         const password_change& asked, std::string hash) {
  auto name = to_string(call->who.actor);
  const auto& request = call->request;
  if (auto ok = s.throttle.check(name, request.client_address, request.received_at); !ok)
    return call->respond(ok.error());
  s.hasher.verify(std::move(hash), asked.old_password,
                  [s, call, name, password = asked.password](outcome<password_verdict> verdict) {
                    if (!verdict)
                      return call->respond(verdict.error());
                    if (*verdict == password_verdict::wrong) {
                      s.throttle.failed(name, call->request.client_address, call->request.received_at);
                      return call->respond(
                          validation_failed({{"oldPassword", "oldPassword is not the present one."}}));
                    }
                    s.throttle.succeeded(name);
                    set_password_of(s, call, call->who.person, {call->who.actor}, password);
                  });
}

handler_fn set_own_password(user_services s) {
  return [s](http_call&& call) {
    auto asked = command_from<password_change>(call);
    if (!asked)
      return call.respond(asked.error());
    with_database(std::move(call), s.reads,
                  [s, asked = std::move(*asked)](pqxx::transaction_base& tx, http_call&& found) {
                    auto hash = find_password_hash(tx, found.who.tenant, {found.who.actor});
                    if (hash.empty())
                      return found.respond(conflict("NO_PASSWORD", "The user signs in elsewhere."));
                    change_own_password(s, std::make_shared<http_call>(std::move(found)), asked,
                                        std::move(hash));
                  });
  };
}

}  // namespace

void user_routes(route_table& on, user_services s) {
  using namespace access;
  on.get("/api/people/persons", permission("people:person:view", covered_people),
         list_from_database(s.reads, list_persons),
         {"listPersons", "Persons by name.", nullptr, schema_of<page<person>>, 200,
          paged({{"search", "Part of the name or the email."}, eligible_docs()})});
  on.post("/api/people/persons", permission_everywhere("people:employee:create"),
          command_on<create_person>(s.people, [](const caller&) { return uuid::generate(); }),
          command_docs<create_person>("Enters a person."));
  on.post("/api/security/users/provision", permission_everywhere("security:user:provision", {assign}),
          provision_route(s),
          {"provisionUser", "Makes the user of a person, or finds it; the link follows by event.",
           schema_of<provisioning>, schema_of<provisioning_view>, 201});
  on.get("/api/security/users", permission_everywhere("security:user:view"),
         list_from_database(s.reads, list_users),
         {"listUsers", "Users by name.", nullptr, schema_of<page<user_view>>, 200,
          paged({{"search", "Part of the username or the person's name."},
                 {"status", "ACTIVE, DISABLED or TERMINATED.", schema_of<access_status>},
                 eligible_docs()})});
  on.get("/api/security/users/{userId}", permission_everywhere("security:user:view"),
         from_database(s.reads, one_user),
         {"getUser", "One user, with the state of its link.", nullptr, schema_of<user_view>});
  on.post("/api/security/users/{userId}/password", permission_everywhere("security:user:set_password"),
          set_users_password(s),
          {"setUserPassword", "Sets somebody's password and ends all their sessions.",
           schema_of<new_password>, nullptr, 204});
  on.post("/api/security/me/password", self, set_own_password(s),
          {"setMyPassword", "Changes one's own password and ends all one's sessions.",
           schema_of<password_change>, nullptr, 204});
}

}  // namespace musterd
