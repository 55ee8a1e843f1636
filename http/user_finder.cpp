#include "http/user_finder.hpp"

#include "common/log.hpp"
#include "persistence/find_role_assignments.hpp"

namespace musterd {
namespace {

outcome<user_finder::found> failed(fault f) {
  return outcome<user_finder::found>{boost::system::in_place_error, std::move(f)};
}

outcome<user_finder::found> answered(user_finder::found user) {
  return outcome<user_finder::found>{boost::system::in_place_value, std::move(user)};
}

}  // namespace

void user_finder::find(tenant_uuid tenant, user_uuid user, timestamp now, const callback& done) {
  if (auto known = awake(tenant, user))
    return done(answered(std::move(known)));
  auto accepted = reads_.submit({[=, this](pqxx::transaction_base& tx) {
                                   auto person = find_person_of_user(tx, tenant, user);
                                   if (!person)
                                     return done(answered(nullptr));
                                   wake(tenant, user, *person, now, done);
                                 },
                                 [done](const std::exception& e) {
                                   log::error({"authz", "user_not_found_out"}, "{}", e.what());
                                   done(failed(unavailable("The database could not answer.")));
                                 }});
  if (!accepted)
    done(failed(busy("Too many queries at once.")));
}

void user_finder::wake(tenant_uuid tenant, user_uuid user, person_uuid person, timestamp now, callback done) {
  people_.ask({tenant, person.value}, access_question{user, {}, false}, now,
              [this, tenant, user, done = std::move(done)](const outcome<access_standing>& standing) {
                if (!standing)
                  return done(failed(standing.error()));
                // It showed itself before it answered; if it sleeps again already, the caller may try again.
                if (auto known = awake(tenant, user))
                  return done(answered(std::move(known)));
                done(failed(unavailable("The record is being restarted.")));
              });
}

}  // namespace musterd
