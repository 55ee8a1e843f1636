#include "http/routing/access/user_finder.hpp"

#include "common/observation/log.hpp"
#include "persistence/find/access/find_role_assignments.hpp"

namespace musterd {
namespace {

outcome<user_finder::found> failed(fault f) {
  return outcome<user_finder::found>{boost::system::in_place_error, std::move(f)};
}

outcome<user_finder::found> answered(user_finder::found user) {
  return outcome<user_finder::found>{boost::system::in_place_value, std::move(user)};
}

auto unreadable(const user_finder::callback& done) {
  return [done](const std::exception& e) {
    log::error({"authz", "user_not_found_out"}, "{}", e.what());
    done(failed(unavailable("The database could not answer.")));
  };
}

}  // namespace

user_finder::found user_finder::awake(tenant_uuid tenant, user_uuid user, timestamp at) const {
  auto known = awake_.find(tenant, user);
  return known && known->knows(at) ? known : nullptr;
}

void user_finder::find(const wanted& who, const callback& done) {
  if (auto known = awake_.find(who.tenant, who.user))
    return hand_over(who, std::move(known), done);
  auto accepted = reads_.submit({[=, this](pqxx::transaction_base& tx) {
                                   auto person = find_person_of_user(tx, who.tenant, who.user);
                                   if (!person)
                                     return done(answered(nullptr));
                                   wake(who, *person, done);
                                 },
                                 unreadable(done)});
  if (!accepted)
    done(failed(busy("Too many queries at once.")));
}

void user_finder::wake(const wanted& who, person_uuid person, callback done) {
  people_.ask({who.tenant, person.value}, access_question{who.user, {}, false}, who.now,
              [this, who, done = std::move(done)](const outcome<access_standing>& standing) {
                if (!standing)
                  return done(failed(standing.error()));
                // The person published itself to `awake_` before answering; if it is asleep again, the caller
                // may retry.
                if (auto known = awake_.find(who.tenant, who.user))
                  return hand_over(who, std::move(known), done);
                done(failed(unavailable("The record is being restarted.")));
              });
}

/// Reads assignments from the database if they ended too long ago to be remembered.
void user_finder::hand_over(const wanted& who, found user, const callback& done) {
  if (user->knows(who.at))
    return done(answered(std::move(user)));
  auto accepted = reads_.submit(
      {[=](pqxx::transaction_base& tx) {
         done(answered(with_past(*user, find_past_assignments(tx, who.tenant, who.user, who.at))));
       },
       unreadable(done)});
  if (!accepted)
    done(failed(busy("Too many queries at once.")));
}

}  // namespace musterd
