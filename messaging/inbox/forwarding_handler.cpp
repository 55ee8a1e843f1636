#include "messaging/inbox/forwarding_handler.hpp"

#include <future>

namespace musterd {
namespace {

/// Longer than a record takes for a command, unless it is restarted meanwhile. Giving up early loses nothing:
/// the message is retried, and finds its work done.
constexpr std::chrono::seconds patience{15};

using answer = std::future<std::optional<fault>>;

answer begin(const forwarding_handler::forward_fn& hand_on) {
  auto promised = std::make_shared<std::promise<std::optional<fault>>>();
  auto result = promised->get_future();
  hand_on([promised](std::optional<fault> failure) { promised->set_value(std::move(failure)); });
  return result;
}

/// A failed record restarts from committed state and may then succeed: no reason to give a message up.
fault judged(fault f) {
  if (f.kind == fault_kind::internal)
    return unavailable(code_and_message(f));
  return f;
}

outcome<void> wait_for(answer& awaited, std::chrono::steady_clock::time_point deadline) {
  if (awaited.wait_until(deadline) != std::future_status::ready)
    return outcome_unknown();
  if (auto failed = awaited.get())
    return judged(std::move(*failed));
  return {};
}

}  // namespace

outcome<void> forwarding_handler::check(const event_envelope& event) {
  auto hand_on = read(event);
  return hand_on ? outcome<void>{} : hand_on.error();
}

outcome<void> forwarding_handler::forward(const event_envelope& event) {
  const auto* only = &event;
  return forward_all({&only, 1}).front();
}

std::vector<outcome<void>> forwarding_handler::forward_all(std::span<const event_envelope* const> events) {
  std::vector<forward_fn> all;
  for (const auto* event : events) {
    auto hand_on = read(*event);
    if (!hand_on) {
      // All others remain to be forwarded.
      std::vector<outcome<void>> results(events.size(), outcome_unknown());
      results[all.size()] = hand_on.error();
      return results;
    }
    all.push_back(std::move(*hand_on));
  }
  std::vector<answer> answers;
  answers.reserve(all.size());
  for (const auto& hand_on : all)
    answers.push_back(begin(hand_on));
  auto deadline = std::chrono::steady_clock::now() + patience;
  std::vector<outcome<void>> results;
  for (auto& awaited : answers)
    results.push_back(wait_for(awaited, deadline));
  return results;
}

request_context context_of(const event_envelope& event) {
  request_context ctx;
  ctx.tenant = event.tenant_id;
  ctx.kind = principal_kind::system;
  ctx.actor = system_principal;
  ctx.now = wall_clock_now();
  ctx.correlation_id = event.correlation_id;
  ctx.traceparent = event.traceparent;
  return ctx;
}

}  // namespace musterd
