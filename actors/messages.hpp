#pragma once

#include "actors/aggregate.hpp"
#include "actors/wire.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/typed_actor.hpp>

#include <memory>

namespace musterd {

/// A command on its way to its entity. The content is shared, so forwarding costs no copy.
template <aggregate A>
struct routed_command {
  struct content {
    request_context ctx;
    typename A::command command;
  };
  entity_key key;
  std::shared_ptr<const content> what;
};

/// The content on its way to another node. Apart from `inspect`, which CAF instantiates a dozen times.
struct wire_command {
  std::string ctx, command;
  std::uint32_t kind = 0;
};

template <aggregate A>
wire_command to_wire(const typename routed_command<A>::content& what) {
  return {to_json(what.ctx), std::visit([](const auto& c) { return to_json(c); }, what.command),
          static_cast<std::uint32_t>(what.command.index())};
}

/// Null if it cannot be read.
template <aggregate A>
std::shared_ptr<const typename routed_command<A>::content> from_wire(const wire_command& sent) {
  using command_type = typename A::command;
  auto ctx = from_json<request_context>(sent.ctx);
  std::optional<command_type> command;
  boost::mp11::mp_for_each<boost::mp11::mp_iota<boost::mp11::mp_size<command_type>>>([&](auto index) {
    if (index != sent.kind)
      return;
    if (auto read = from_json<boost::mp11::mp_at<command_type, decltype(index)>>(sent.command))
      command = std::move(*read);
  });
  if (!ctx || !command)
    return nullptr;
  return std::make_shared<const typename routed_command<A>::content>(
      typename routed_command<A>::content{std::move(*ctx), std::move(*command)});
}

template <class Inspector, class A>
typename Inspector::result_type inspect(Inspector& f, routed_command<A>& x) {
  wire_command sent;
  if constexpr (Inspector::reads_state)
    sent = to_wire<A>(*x.what);
  auto load = [&]() -> caf::error {
    x.what = from_wire<A>(sent);
    return x.what ? caf::none : caf::error{caf::sec::invalid_argument};
  };
  return f(x.key, sent.ctx, sent.kind, sent.command, caf::meta::load_callback(load));
}

template <answers_questions A>
struct routed_question {
  entity_key key;
  timestamp now{};
  typename A::question question;
};

template <class Inspector, class A>
typename Inspector::result_type inspect(Inspector& f, routed_question<A>& x) {
  std::string now;
  if constexpr (Inspector::reads_state)
    now = to_string(x.now);
  auto load = [&]() -> caf::error {
    auto read = parse_timestamp(now);
    if (!read)
      return caf::sec::invalid_argument;
    x.now = *read;
    return caf::none;
  };
  return f(x.key, now, x.question, caf::meta::load_callback(load));
}

/// A message between actors of one process; never leaves it.
template <class T>
struct local_message {
  std::shared_ptr<T> content;
  local_message() = default;
  explicit local_message(T value) : content{std::make_shared<T>(std::move(value))} {}
};

/// Makes an awake entity check whether it still matches what is committed: its record may have been changed.
/// If not, it ends.
struct look_again {
  entity_key key;
  /// A version known to be committed; 0: unknown.
  std::int64_t committed = 0;
};

/// The committed versions of the entity's record.
struct version_found {
  outcome<committed_versions> committed;
};

/// The committed versions of its company, for answers by the company's roles.
struct company_version_found {
  outcome<committed_versions> committed;
};

/// Asks the journal to make a command's writes durable. Never leaves its process.
struct commit_request {
  std::shared_ptr<const commit_unit> unit;
};

/// nullopt on success.
struct commit_result {
  std::optional<fault> failure;
};
BOOST_DESCRIBE_STRUCT(commit_result, (), (failure))

/// A journal's note to itself: everything that arrived before it is one batch.
struct flush_batch {};

/// Answers once the unit is committed, or with the fault (see journal_writer::commit).
using journal_actor =
    caf::typed_actor<caf::replies_to<commit_request>::with<commit_result>, caf::reacts_to<flush_batch>>;

}  // namespace musterd

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(musterd::commit_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(musterd::flush_batch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(musterd::look_again)
namespace caf {
template <class T>
struct allowed_unsafe_message_type<musterd::local_message<T>> : std::true_type {};
}  // namespace caf
