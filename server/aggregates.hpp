#pragma once

#include "actors/aggregates/company_aggregate.hpp"
#include "actors/aggregates/job_timer_aggregate.hpp"
#include "actors/aggregates/person_aggregate.hpp"
#include "actors/aggregates/timecard_aggregate.hpp"
#include "actors/entities.hpp"

namespace musterd {

/// The entities of several aggregates; `for_each` treats all alike.
template <aggregate... A>
class entities_of_all : entities<A>... {
 public:
  entities_of_all(const actor_environment& environment, asker_pool& askers)
      : entities<A>{environment, askers}... {}

  template <aggregate B>
  entities<B>& of() {
    return *this;
  }
  template <class F>
  void for_each(F&& act) {
    (act(of<A>()), ...);
  }
};

/// Every aggregate: regions, metrics, supervision and shutdown follow from it.
using all_entities = entities_of_all<company_aggregate, person_aggregate, timecard_aggregate,
                                     offboarding_aggregate, job_timer_aggregate>;

}  // namespace musterd
