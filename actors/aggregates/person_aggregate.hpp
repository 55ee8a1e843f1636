#pragma once

#include "actors/environment.hpp"
#include "domain/person/commands.hpp"
#include "domain/person/roles/access.hpp"
#include "persistence/load/load_person.hpp"

namespace musterd {

/// Actor side of the aggregate in domain/person/: one human's user, roles and sessions. It is asked before
/// every request, so a disabled user is out at once on its node, and on other nodes once they hear of it
/// (find_person_changes).
struct person_aggregate {
  static constexpr std::string_view name = person_record;
  using state = person_state;
  using command = person_command;
  using event = person_event;
  using question = access_question;
  using reply = access_standing;

  static state load(pqxx::transaction_base& tx, tenant_uuid tenant, uuid person) {
    return load_person(tx, tenant, {person});
  }

  static std::shared_ptr<const void> show(const actor_environment& env, tenant_uuid tenant,
                                          const state& person, std::int64_t relied_on) {
    auto user = authorize(person, relied_on);
    if (!user)
      return nullptr;
    env.users.put(tenant, user);
    return {user.get(), [&users = env.users, tenant, user](const void*) { users.remove(tenant, user); }};
  }
};

}  // namespace musterd
