#pragma once

#include "common/fault.hpp"
#include "domain/kernel/commit.hpp"
#include "domain/kernel/effects.hpp"
#include "domain/kernel/facts.hpp"

#include <string_view>
#include <variant>
#include <vector>

namespace musterd {

/// What the entity shell requires of an aggregate: its types and name. The rules are found by name: decide,
/// evolve, add_effects (see domain/timecard/ for the pattern).
template <class A>
concept aggregate = requires(typename A::state s, const typename A::event& e, effects& out,
                             const request_context& ctx, id_source& ids) {
  typename A::command;
  { A::name } -> std::convertible_to<std::string_view>;
  evolve(s, e);
  add_effects(out, e, ctx, ids);
};

/// Answered from memory, because it claims nothing about changes (declared as `is_query`).
template <class Command>
constexpr bool only_reads = false;
template <class Command>
  requires Command::is_query
constexpr bool only_reads<Command> = true;

/// A question is read-only and answers with a described value instead of JSON: how other parts of the server
/// ask. Such an aggregate declares `question`, `reply` and a function `reply_to`.
template <class A>
concept answers_questions = requires { typename A::question; };

/// The types of an aggregate's questions and replies; empty ones of an aggregate that answers none.
template <class A>
struct question_to {
  struct type {};
  struct reply {};
};
template <answers_questions A>
struct question_to<A> {
  using type = typename A::question;
  using reply = typename A::reply;
};

/// Decisions about other records rely on what it shows (a company's roles, a caller's powers), so its events
/// declare whether they change that: `bool is_relied_on(event)`. Mere additions do not.
template <class A>
concept relied_on_by_others = requires(const typename A::event& e) {
  { is_relied_on(e) } -> std::same_as<bool>;
};

/// Identifies an entity: one record of one tenant.
struct entity_key {
  tenant_uuid tenant;
  uuid id;
  friend auto operator<=>(const entity_key&, const entity_key&) = default;
};
BOOST_DESCRIBE_STRUCT(entity_key, (), (tenant, id))

/// An entity's answer to a command: a fault, or the JSON body that HTTP passes on unchanged.
struct entity_answer {
  std::optional<fault> failure;
  std::int64_t status = 200;
  std::string body;
  /// Version of the resource in the body, for ETag.
  std::optional<std::int64_t> resource_version;
  /// Whether this command changed something. If not, a first answer may be stored for its Idempotency-Key.
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
