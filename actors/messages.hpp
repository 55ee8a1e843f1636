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

template <class Inspector, class A>
typename Inspector::result_type inspect(Inspector& f, routed_command<A>& x) {
  std::string ctx, command;
  std::uint32_t kind = 0;
  if constexpr (Inspector::reads_state) {
    ctx = to_json(x.what->ctx);
    kind = static_cast<std::uint32_t>(x.what->command.index());
    command = std::visit([](const auto& c) { return to_json(c); }, x.what->command);
  }
  auto load = [&]() -> caf::error {
    using command_type = typename A::command;
    auto read_ctx = from_json<request_context>(ctx);
    std::optional<command_type> read_command;
    boost::mp11::mp_for_each<boost::mp11::mp_iota<boost::mp11::mp_size<command_type>>>([&](auto index) {
      if (index != kind)
        return;
      if (auto read = from_json<boost::mp11::mp_at<command_type, decltype(index)>>(command))
        read_command = std::move(*read);
    });
    if (!read_ctx || !read_command)
      return caf::sec::invalid_argument;
    x.what = std::make_shared<typename routed_command<A>::content>(
        typename routed_command<A>::content{std::move(*read_ctx), std::move(*read_command)});
    return caf::none;
  };
  return f(x.key, ctx, kind, command, caf::meta::load_callback(load));
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
