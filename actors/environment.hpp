#pragma once

#include "actors/actor_settings.hpp"
#include "actors/messages.hpp"
#include "actors/slot.hpp"
#include "domain/company/directories.hpp"
#include "domain/person/roles/authorized_users.hpp"
#include "persistence/sql/read_pool.hpp"

#include <atomic>
#include <chrono>
#include <functional>

namespace musterd {

/// What regions count, per aggregate. Read by metrics and the supervision tree.
struct region_stats {
  std::atomic<std::int64_t> awake{0};
  std::atomic<std::uint64_t> wakes{0};
  std::atomic<std::uint64_t> passivations{0};
  std::atomic<std::uint64_t> restarts{0};
  std::atomic<std::uint64_t> refused_busy{0};
  std::atomic<std::uint64_t> quarantined{0};
  slot<std::string> last_fault;
};

/// How a command ended: what its caller hears, after a repeated Idempotency-Key has been looked up.
struct finished_command {
  std::string_view name;
  const request_context& ctx;
  /// Null for success.
  const fault* refusal = nullptr;
  /// The answer is that of an earlier request: this one did nothing.
  bool replayed = false;
  std::chrono::microseconds took{};
};

using command_observer_fn = std::function<void(const finished_command&)>;
using signal_observer_fn = std::function<void(const signal&, const request_context&)>;

/// Reads which version of a record is committed, and passes it on, once, on any thread.
using version_callback = std::function<void(outcome<committed_versions>)>;
using version_reader =
    std::function<void(std::string_view aggregate, const entity_key&, const version_callback&)>;

/// What every entity and region of this process shares. Outlives all of them.
struct actor_environment {
  actor_limits limits;
  /// `testing.fault_injection`
  bool fault_injection = false;
  offboarding_policy offboarding;
  sign_in_policy sign_in;
  /// What company and person actors show to everybody; synchronised by themselves.
  mutable company_directories companies{};
  mutable authorized_users users{};
  read_pool* reads = nullptr;
  version_reader version_of;
  /// Has a person's record woken if it sleeps, and compared with what is committed if not.
  std::function<void(tenant_uuid, person_uuid)> refresh_person = [](auto&&...) {};
  /// The writers; an entity always uses the one its key falls on, so its commits stay in order.
  handle_table<journal_actor> journals{};
  /// Told of every command's end, whoever sent it: metrics and log lines.
  command_observer_fn observe = [](auto&&...) {};
  /// Told of everything worth counting that was committed.
  signal_observer_fn emit = [](auto&&...) {};

  journal_actor journal_for(const entity_key& key) const {
    return journals.pick(std::hash<entity_key>{}(key));
  }
};

}  // namespace musterd
