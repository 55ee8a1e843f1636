#pragma once

#include "actors/aggregates/person_aggregate.hpp"
#include "actors/entities.hpp"

namespace musterd {

/// Finds users for access decisions: at once if their person is awake, otherwise by waking it. Thread-safe.
class user_finder {
 public:
  using found = authorized_users::entry;
  using callback = std::function<void(outcome<found>)>;

  user_finder(const authorized_users& awake, entities<person_aggregate>& people, read_pool& reads)
      : awake_{awake}, people_{people}, reads_{reads} {}

  /// The hot path: null if the user is not awake, or does not remember that instant.
  found awake(tenant_uuid tenant, user_uuid user, timestamp at) const;
  /// A user as of an instant. Answers null if unknown. `done` is called once, from any thread.
  struct wanted {
    tenant_uuid tenant;
    user_uuid user;
    timestamp at{};
    timestamp now{};
  };
  void find(const wanted& who, const callback& done);

 private:
  void wake(const wanted& who, person_uuid person, callback done);
  void hand_over(const wanted& who, found user, const callback& done);

  const authorized_users& awake_;
  entities<person_aggregate>& people_;
  read_pool& reads_;
};

}  // namespace musterd
