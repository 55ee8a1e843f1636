#pragma once

#include "actors/actor_settings.hpp"
#include "common/observation/log_settings.hpp"
#include "domain/offboarding/policy.hpp"
#include "http/auth/auth_settings.hpp"
#include "http/auth/limits/request_rates.hpp"
#include "http/transport/listener_settings.hpp"
#include "messaging/messaging_settings.hpp"
#include "persistence/audit/audit_settings.hpp"
#include "persistence/sql/database_settings.hpp"
#include "persistence/sql/read_pool_settings.hpp"
#include "server/chores/retention_settings.hpp"
#include "server/settings/testing_settings.hpp"
#include "server/work_execution_settings.hpp"

namespace musterd {

/// The settings of all parts, for the server that assembles them; each part takes only its own.
struct server_settings {
  database_settings database;
  public_listener_settings http;
  request_rate_settings rates;
  ops_listener_settings ops;
  actor_settings actors;
  journal_settings journal;
  read_pool_settings reads;
  auth_settings auth;
  messaging_settings messaging;
  offboarding_policy offboarding;
  work_execution_settings work_execution;
  audit_settings audit;
  retention_settings retention;
  log_settings log;
  testing_settings testing;
};

void describe(setting_list& on, server_settings& s);

}  // namespace musterd
