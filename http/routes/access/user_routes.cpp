#include "http/routes/access/user_routes.hpp"

#include "common/text/text.hpp"
#include "domain/access/asked_permissions.hpp"
#include "domain/person/account/new_password.hpp"
#include "domain/person/faults.hpp"
#include "http/routing/command_route.hpp"
#include "http/routing/list_query.hpp"
#include "persistence/find/access/find_users.hpp"

namespace musterd {
namespace {

constexpr auto no_password = conflict("NO_PASSWORD", "The user signs in elsewhere.");

outcome<http_response> list_persons(pqxx::transaction_base& tx, const http_call& call,
                                    const person_filter& wanted, const page_limits& limits) {
  return json_response(200, find_persons(tx, call.who.tenant, call.people(), wanted, limits));
}

outcome<http_response> list_users(pqxx::transaction_base& tx, const http_call& call,
                                  const user_filter& wanted, const page_limits& limits) {
  return json_response(200, find_users(tx, call.who.tenant, call.people(), wanted, limits));
}

outcome<http_response> one_user(pqxx::transaction_base& tx, const http_call& call) {
  auto id = call.id_parameter<user_uuid>("userId");
  if (!id)
    return id.error();
  auto found = find_user(tx, call.who.tenant, *id);
  if (!found)
    return user_not_found;
  return versioned_response(*found);
}

/// Work on a password, with its place in the hashing queue.
struct password_work : user_services {
  hashing_places::place place;
};

outcome<password_work> begin_work(user_services s, const http_call& call) {
  auto place = s.places.take(call.who.tenant, call.who.actor);
  return place ? outcome<password_work>{password_work{s, std::move(*place)}} : place.error();
}

password_check by_rules(const user_services& s, std::string username, std::string tenant_code) {
  return [rules = password_rules{std::move(username), std::move(tenant_code), s.min_score}](
             const std::string& password) { return check_new_password(password, rules); };
}

/// Hashes a new password off this thread, if it passes `check`, then calls `next`.
void with_hash(password_work s, const std::shared_ptr<http_call>& call, std::string password,
               password_check check, std::function<void(std::string hash)> next) {
  s.hasher.hash(std::move(password), std::move(check),
                [call, place = s.place, next = std::move(next)](outcome<std::string> hash) {
                  if (hash)
                    next(std::move(*hash));
                  else
                    call->respond(hash.error());
                });
}

/// The person's user, if any.
struct present_user {
  std::optional<user_view> user;
  std::string tenant_code;
  std::optional<user_credentials> credentials;
};

/// An existing user's password stays; the one sent is compared, as a different one must be reported (S91-F3).
void provision(user_services s, const std::shared_ptr<http_call>& call, const provisioning& asked,
               const present_user& present) {
  provision_user command{asked.username,
                         asked.email,
                         asked.subject,
                         asked.role_ids.value_or(std::vector<role_uuid>{}),
                         {},
                         present.user ? present.user->link_status : link_status::pending};
  auto person = asked.person_id.value;
  if (!asked.password)
    return run_command(std::move(*call), s.people, person, std::move(command));
  auto work = begin_work(s, *call);
  if (!work)
    return call->respond(work.error());
  if (present.credentials && equals_ignoring_case(present.user->username, asked.username))
    return compare_password(s, work->place, call, present.user->user_id, *present.credentials,
                            *asked.password, guesser::stranger,
                            [s, call, person, command](bool right) mutable {
                              command.other_password = !right;
                              run_command(std::move(*call), s.people, person, std::move(command));
                            });
  with_hash(*work, call, *asked.password, by_rules(s, asked.username, present.tenant_code),
            [s, call, person, command](std::string hash) mutable {
              command.password_hash = std::move(hash);
              run_command(std::move(*call), s.people, person, std::move(command));
            });
}

handler_fn provision_route(user_services s) {
  return [s](http_call&& call) {
    auto asked = request_from<provisioning>(call);
    if (!asked)
      return call.respond(asked.error());
    if (asked->role_ids && !asked->role_ids->empty() && !call.who.holds_everywhere(assigning_roles))
      return call.respond(call.deny());
    with_database(std::move(call), s.reads,
                  [s, asked = std::move(*asked)](pqxx::transaction_base& tx, http_call&& found) {
                    auto tenant = found.who.tenant;
                    present_user present{
                        find_user_of(tx, tenant, asked.person_id), find_tenant_code(tx, tenant), {}};
                    if (present.user && asked.password)
                      present.credentials = find_credentials(tx, tenant, present.user->user_id);
                    provision(s, std::make_shared<http_call>(std::move(found)), asked, present);
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

/// Every refusal counts and costs as a guess, right or wrong: a caller without the right to replace the
/// password learns nothing of it, one with it no more than from a sign-in. Rules come first, so that they
/// cannot probe the current password.
void replace_password(password_work s, const std::shared_ptr<http_call>& call, user_uuid user,
                      const user_credentials& known, const std::string& password) {
  auto guess = password_guess::begin(s, *call, user, known, guesser::familiar);
  if (!guess)
    return call->respond(guess.error());
  auto refused = [held = *guess](const http_call& from, const fault& why) {
    if (why.kind != fault_kind::internal && !is_transient(why))
      held->failed(from, why.code);
  };
  with_hash(s, call, password, by_rules(s, known.username, known.tenant_code),
            [s, call, user, known, password, refused](std::string hash) {
              s.hasher.verify(known.hash(), password, worker_lane::familiar,
                              [=, hash = std::move(hash)](outcome<password_verdict> verdict) {
                                if (!verdict)
                                  return call->respond(verdict.error());
                                bool is_present_one = *verdict != password_verdict::wrong;
                                run_command(
                                    std::move(*call), s.people, known.person.value,
                                    set_password{user, hash, known.credential_version, false, is_present_one},
                                    refused);
                              });
            });
}

handler_fn set_users_password(user_services s) {
  return [s](http_call&& call) {
    auto user = call.id_parameter<user_uuid>("userId");
    if (!user)
      return call.respond(user.error());
    auto asked = request_from<new_password>(call);
    if (!asked)
      return call.respond(asked.error());
    auto work = begin_work(s, call);
    if (!work)
      return call.respond(work.error());
    with_database(std::move(call), s.reads,
                  [work = *work, user = *user, asked = std::move(*asked)](pqxx::transaction_base& tx,
                                                                          http_call&& found) {
                    auto known = find_credentials(tx, found.who.tenant, user);
                    if (!known)
                      return found.respond(user_not_found);
                    replace_password(work, std::make_shared<http_call>(std::move(found)), user, *known,
                                     asked.password);
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
  if (p.password == p.old_password)
    errors.push_back(password_repeated().front());
}

/// The new password's rules come first: they reveal nothing about the old one, and save hashing.
void change_own_password(user_services s, const std::shared_ptr<http_call>& call,
                         const password_change& asked, const user_credentials& known) {
  if (auto wrong = by_rules(s, known.username, known.tenant_code)(asked.password); !wrong.empty())
    return call->respond(validation_failed(std::move(wrong)));
  auto place = s.places.take_own(call->who.tenant, call->who.actor);
  if (!place)
    return call->respond(place.error());
  password_work work{s, std::move(*place)};
  user_uuid user{call->who.actor};
  auto change = [s, call, user, known](std::string hash) {
    run_command(std::move(*call), s.people, known.person.value,
                set_password{user, std::move(hash), known.credential_version, true});
  };
  auto checked = [](const std::string&) { return std::vector<field_error>{}; };
  compare_password(s, work.place, call, user, known, asked.old_password, guesser::in_session,
                   [work, call, change, checked, password = asked.password](bool right) {
                     if (right)
                       with_hash(work, call, password, checked, change);
                     else
                       call->respond(
                           validation_failed({{"oldPassword", "oldPassword is not the present one."}}));
                   });
}

handler_fn set_own_password(user_services s) {
  return [s](http_call&& call) {
    auto asked = request_from<password_change>(call);
    if (!asked)
      return call.respond(asked.error());
    if (auto ok = s.places.count_own(call.who.actor, call.request.received_at); !ok)
      return call.respond(ok.error());
    with_database(std::move(call), s.reads,
                  [s, asked = std::move(*asked)](pqxx::transaction_base& tx, http_call&& found) {
                    auto known = find_credentials(tx, found.who.tenant, {found.who.actor});
                    if (!known || known->password_hash.empty())
                      return found.respond(no_password);
                    change_own_password(s, std::make_shared<http_call>(std::move(found)), asked, *known);
                  });
  };
}

}  // namespace

void user_routes(route_table& on, user_services s) {
  using namespace access;
  on.get("/api/people/persons", permission("people:person:view", covered_people),
         list_of<person_filter>(s.reads, list_persons),
         list_docs<person_filter, person>("listPersons", "Persons by name."));
  on.post("/api/people/persons", permission_everywhere("people:employee:create"),
          command_on<create_person>(s.people, [](const caller&) { return uuid::generate(); }),
          command_docs<create_person>("Enters a person."));
  on.post("/api/security/users/provision",
          freshly_signed_in(permission_everywhere("security:user:provision", {assigning_roles})),
          provision_route(s),
          {"provisionUser", "Makes the user of a person, or finds it; the link follows by event.",
           schema_of<provisioning>, schema_of<provisioning_view>, 201})
      .or_answers(200, schema_of<provisioning_view>)
      .refused_with(faults_of<provision_user>());
  on.get("/api/security/users", permission_everywhere("security:user:view"),
         list_of<user_filter>(s.reads, list_users),
         list_docs<user_filter, user_view>("listUsers", "Users by name."));
  on.get("/api/security/users/{userId}", permission_everywhere("security:user:view"),
         from_database(s.reads, one_user),
         {"getUser", "One user, with the state of its link.", nullptr, schema_of<user_view>})
      .refused_with({user_not_found});
  on.post("/api/security/users/{userId}/password",
          freshly_signed_in(permission_everywhere("security:user:set_password")), set_users_password(s),
          {"setUserPassword",
           "Sets somebody's password, which they must change, and ends all their sessions.",
           schema_of<new_password>, nullptr, 204})
      .refused_with(faults_of<set_password>());
  on.post("/api/security/me/password", self_settling(required_action::change_password), set_own_password(s),
          {"setMyPassword", "Changes one's own password and ends all one's sessions.",
           schema_of<password_change>, nullptr, 204})
      .refused_with({no_password, password_changed_meanwhile});
}

}  // namespace musterd
