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

/// Counts per aggregate, for metrics and the supervision tree.
struct region_stats {
  std::atomic<std::int64_t> awake{0};
  std::atomic<std::uint64_t> wakes{0};
  std::atomic<std::uint64_t> passivations{0};
  std::atomic<std::uint64_t> restarts{0};
  std::atomic<std::uint64_t> refused_busy{0};
  std::atomic<std::uint64_t> quarantined{0};
  slot<std::string> last_fault;
};

/// How a command ended, as its caller sees it: after looking up a repeated Idempotency-Key.
struct finished_command {
  std::string_view name;
  const request_context& ctx;
  /// Null on success.
  const fault* refusal = nullptr;
  /// The answer is that of an earlier request: this one did nothing.
  bool replayed = false;
  std::chrono::microseconds took{};
};

using command_observer_fn = std::function<void(const finished_command&)>;
using signal_observer_fn = std::function<void(const signal&, const request_context&)>;

/// Reads a record's committed versions and passes them on, once, on any thread.
using version_callback = std::function<void(outcome<committed_versions>)>;
using version_reader =
    std::function<void(std::string_view aggregate, const entity_key&, const version_callback&)>;

/// Shared by every entity and region of this process. Outlives all of them.
struct actor_environment {
  actor_limits limits;
  /// `testing.fault_injection`
  bool fault_injection = false;
  offboarding_policy offboarding;
  sign_in_policy sign_in;
  /// Published by company and person actors; synchronised internally.
  mutable company_directories companies{};
  mutable authorized_users users{};
  read_pool* reads = nullptr;
  version_reader version_of;
  /// Wakes a person's record if it sleeps; otherwise makes it compare itself with what is committed.
  std::function<void(tenant_uuid, person_uuid)> refresh_person = [](auto&&...) {};
  /// The writers; an entity always uses the one its key maps to, so its commits stay in order.
  handle_table<journal_actor> journals{};
  /// Called at every command's end, whoever sent it: metrics and log lines.
  command_observer_fn observe = [](auto&&...) {};
  /// Called for every committed signal.
  signal_observer_fn emit = [](auto&&...) {};

  journal_actor journal_for(const entity_key& key) const {
    return journals.pick(std::hash<entity_key>{}(key));
  }
};

}  // namespace musterd
