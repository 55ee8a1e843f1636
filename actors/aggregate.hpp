#pragma once

#include "common/fault.hpp"
#include "domain/kernel/commit.hpp"
#include "domain/kernel/effects.hpp"
#include "domain/kernel/facts.hpp"

#include <string_view>
#include <variant>
#include <vector>

namespace musterd {

/// What the entity shell needs to know of an aggregate: its types and its name. The rules are found
/// by their names: decide, evolve, answer, add_effects (see domain/timecard/ for the pattern).
template <class A>
concept aggregate = requires(typename A::state s, const typename A::event& e, effects& out,
                             const request_context& ctx, id_source& ids) {
  typename A::command;
  { A::name } -> std::convertible_to<std::string_view>;
  evolve(s, e);
  add_effects(out, e, ctx, ids);
};

/// Claims nothing about what was changed, so it is answered from memory (declared as `is_query`).
template <class Command>
constexpr bool only_reads = false;
template <class Command>
  requires Command::is_query
constexpr bool only_reads<Command> = true;

/// A question is read-only and answers a described value rather than JSON: it is how other parts of the
/// server ask. An aggregate that is asked declares `question`, `reply` and a function `reply_to`.
template <class A>
concept answers_questions = requires { typename A::question; };

/// Decisions about other records go by what it shows (a company's roles, a caller's powers), so its events
/// say whether they change that: `bool is_relied_on(event)`. What only adds does not.
template <class A>
concept relied_on_by_others = requires(const typename A::event& e) {
  { is_relied_on(e) } -> std::same_as<bool>;
};

/// Which entity: one human's record of one tenant.
struct entity_key {
  tenant_uuid tenant;
  uuid id;
  friend auto operator<=>(const entity_key&, const entity_key&) = default;
};
BOOST_DESCRIBE_STRUCT(entity_key, (), (tenant, id))

/// What an entity answers to a command: a fault, or the JSON body that HTTP passes on as it is.
struct entity_answer {
  std::optional<fault> failure;
  std::int64_t status = 200;
  std::string body;
  /// The version of the resource in the body, for ETag.
  std::optional<std::int64_t> resource_version;
  /// Whether this command changed something. If not, a repeated Idempotency-Key may have a stored first
  /// answer.
  bool changed = false;
};
BOOST_DESCRIBE_STRUCT(entity_answer, (), (failure, status, body, resource_version, changed))

}  // namespace musterd

template <>
struct std::hash<musterd::entity_key> {
  std::size_t operator()(const musterd::entity_key& key) const noexcept {
    return std::hash<musterd::uuid>{}(key.id) * 31 + std::hash<musterd::uuid>{}(key.tenant.value);
  }
};
