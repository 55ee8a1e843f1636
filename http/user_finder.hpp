#pragma once

#include "actors/entities.hpp"
#include "actors/person_aggregate.hpp"

namespace musterd {

/// Finds users for decisions: at once when their person is awake, otherwise by waking it. Thread-safe.
class user_finder {
 public:
  using found = authorized_users::entry;
  using callback = std::function<void(outcome<found>)>;

  user_finder(const authorized_users& awake, entities<person_aggregate>& people, read_pool& reads)
      : awake_{awake}, people_{people}, reads_{reads} {}

  /// The hot path: null when the user is not awake.
  found awake(tenant_uuid tenant, user_uuid user) const { return awake_.find(tenant, user); }
  /// Null for a user that does not exist. `done` is called once, from any thread.
  void find(tenant_uuid tenant, user_uuid user, timestamp now, const callback& done);

 private:
  void wake(tenant_uuid tenant, user_uuid user, person_uuid person, timestamp now, callback done);

  const authorized_users& awake_;
  entities<person_aggregate>& people_;
  read_pool& reads_;
};

}  // namespace musterd
