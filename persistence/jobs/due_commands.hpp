#pragma once

#include "domain/offboarding/records.hpp"

#include <pqxx/pqxx>

namespace musterd {

/// A command of a case whose time has come, or will soon, and what it takes to carry it out.
struct due_command {
  tenant_uuid tenant_id;
  uuid case_id;
  uuid command_id;
  musterd::command_type command_type = musterd::command_type::close_clock_session;
  command_state state = command_state::pending;
  std::optional<timestamp> first_failed_at;
  timestamp due_at{};
  person_uuid person_id;
  offboarding_kind kind = offboarding_kind::disable;
  timestamp effective_at{};
  std::string correlation_id;
  /// Of the deactivation.
  std::optional<std::string> traceparent;
};
BOOST_DESCRIBE_STRUCT(due_command, (),
                      (tenant_id, case_id, command_id, command_type, state, first_failed_at, due_at,
                       person_id, kind, effective_at, correlation_id, traceparent))

/// A row that is there and does not fit its description: a bug, a newer server's, or a tampered database.
struct unreadable_command {
  tenant_uuid tenant_id;
  uuid command_id;
  std::string why;
};

struct due_commands {
  /// The first due first.
  std::vector<due_command> commands;
  std::vector<unreadable_command> unreadable;
};

/// Of all tenants, without `except`; `limit` counts the unreadable too.
due_commands find_due_commands(pqxx::transaction_base& tx, timestamp until, const std::vector<uuid>& except,
                               std::size_t limit);

}  // namespace musterd
