#pragma once

#include "actors/environment.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <atomic>
#include <concepts>
#include <memory>

namespace musterd {

/// An aggregate whose state others read without asking: `show` publishes it after waking and after every
/// commit, before the answer, until the returned handle is released.
template <class A>
concept shown_to_all = requires(const actor_environment& env, tenant_uuid tenant,
                                const typename A::state& state, std::int64_t version) {
  { A::show(env, tenant, state, version) } -> std::convertible_to<std::shared_ptr<const void>>;
};

template <class A, class... Questions>
using entity_type =
    caf::typed_actor<typename caf::replies_to<routed_command<A>>::template with<entity_answer>,
                     caf::reacts_to<look_again>, caf::reacts_to<local_message<version_found>>,
                     caf::reacts_to<local_message<company_version_found>>, Questions...>;
template <class A>
struct entity_interface_of {
  using type = entity_type<A>;
};
template <answers_questions A>
struct entity_interface_of<A> {
  using type = entity_type<A, typename caf::replies_to<routed_question<A>>::template with<typename A::reply>>;
};
template <class A>
using entity_interface = typename entity_interface_of<A>::type;

/// Requests handed to an entity and not yet answered; shared with its region. Counted separately: every
/// request asks its caller's record a question, and must not keep others from changing it.
struct in_flight {
  using count = std::atomic<std::int64_t>;
  count commands = 0;
  count questions = 0;
};

}  // namespace musterd
