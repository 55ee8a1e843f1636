#include "http/routing/access/access_control.hpp"

#include "common/observation/trace.hpp"
#include "http/routing/call.hpp"
#include "http/routing/query.hpp"
#include "http/routing/shared_worker.hpp"
#include "http/transport/gate.hpp"

#include <algorithm>

namespace musterd {
namespace {

/// A body this short is read or hashed within a fraction of a millisecond.
constexpr std::size_t short_body = 16 * 1024;

void run_here(http_call&& call) {
  trace_scope tracing{call.request.trace()};
  if (auto why = unreadable(call.request))
    return call.respond(*why);
  if (auto names = check_query_names(call.request, call.matched->docs); !names) {
    call.respond(names.error());
    return;
  }
  // Kept for a failure report: the handler takes the call with it.
  auto sink = call.respond.sink();
  const auto& called = *call.matched;
  char id[128];
  std::string_view correlation_id{id, call.request.correlation_id.copy(id, sizeof id)};
  try {
    called.handler(std::move(call));
  } catch (const std::exception& e) {
    if (sink)
      sink->report_failure(correlation_id, called.path_template, e.what());
  }
}

}  // namespace

const held_places& caller::where() const {
  static const held_places nowhere;
  return held.empty() ? nowhere : held.front().where;
}

const held_places* caller::holding(own_permission key) const {
  auto found = std::ranges::find(held, key, &held_permission::permission);
  return found == held.end() ? nullptr : &found->where;
}

bool caller::holds_everywhere(own_permission key) const {
  const auto* found = holding(key);
  return found != nullptr && found->everywhere;
}

access_decision::access_decision(std::unique_ptr<http_call> call) : call_{std::move(call)} {}
access_decision::access_decision(access_decision&&) noexcept = default;
access_decision& access_decision::operator=(access_decision&&) noexcept = default;
access_decision::~access_decision() = default;

void access_decision::asked_by(const caller& who) {
  if (auto* attempt = call_ ? call_->respond.attempt() : nullptr) {
    attempt->ctx.tenant = who.tenant;
    attempt->ctx.kind = who.kind;
    attempt->ctx.actor = who.actor;
    attempt->ctx.person = who.person;
  }
}

void access_decision::operator()(outcome<caller> result) {
  auto call = std::move(call_);
  if (!call || !call->respond.wanted())
    return;
  if (!result) {
    call->respond(result.error());
    return;
  }
  call->respond.sink()->recognize(*result);
  call->who = std::move(*result);
  run_handler(std::move(*call));
}

/// On this thread, a connection's or an actor's, or on the shared worker if it takes long.
void run_handler(http_call&& call) {
  bool long_one = call.matched->apart || call.request.body.size() > short_body;
  auto worker = long_one && call.respond ? call.respond.sink()->worker() : nullptr;
  if (worker == nullptr)
    return run_here(std::move(call));
  auto held = std::make_shared<http_call>(std::move(call));
  auto run = [held] {
    if (held->respond.wanted())
      run_here(std::move(*held));
  };
  if (auto taken = worker->submit(held->who, held->request.client_address, std::move(run)); !taken)
    held->respond(taken.error());
}

}  // namespace musterd
