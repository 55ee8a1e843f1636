#pragma once

#include "actors/journal/journal.hpp"
#include "actors/journal/journal_client.hpp"
#include "actors/sagas/offboarding_scheduler.hpp"
#include "common/observation/metrics.hpp"
#include "http/auth/auth_routes.hpp"
#include "http/routes/access/decision_routes.hpp"
#include "http/routes/audit/audit_export_routes.hpp"
#include "http/routes/audit/audit_routes.hpp"
#include "http/routes/operations/dead_letter_routes.hpp"
#include "http/transport/server.hpp"
#include "messaging/inbox/letters/dead_letter_sweeper.hpp"
#include "messaging/outbox/outbox_relay.hpp"
#include "persistence/audit/chain/audit_anchors.hpp"
#include "persistence/lead/lease_keeper.hpp"
#include "persistence/load/load_company_directory.hpp"
#include "server/aggregates.hpp"
#include "server/chores/certificate_watch.hpp"
#include "server/chores/deactivation_audit.hpp"
#include "server/chores/housekeeping.hpp"
#include "server/consumers.hpp"
#include "server/observation/database_probe.hpp"
#include "server/observation/http_metrics.hpp"
#include "server/server.hpp"
#include "server/settings/settings.hpp"
#include "supervision/supervisor.hpp"
#include "supervision/thread_actor.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

namespace musterd {

/// CAF's own settings, taken from ours.
struct actor_system_settings : caf::actor_system_config {
  explicit actor_system_settings(std::size_t threads);
};

/// Everything `serve` consists of, in order of construction; destroyed in reverse. Whatever an actor or
/// thread uses is declared before what runs it.
struct server::parts {
  parts(server_settings settings, std::string version);

  template <aggregate A>
  musterd::entities<A>& of() {
    return entities.of<A>();
  }

  server_settings settings;
  std::string version;
  metrics counted;
  supervision_tree tree;
  messaging_stats messaging;
  /// Null: the listeners speak plain HTTP.
  std::unique_ptr<tls_certificate> certificate;
  std::optional<certificate_watch> certificates;
  /// Requested when the server ends, which ends all waiting for the database.
  std::stop_source cut;
  read_pool reads;
  lease_keeper leases;
  actor_environment environment;
  /// Used by the start, then by the chores.
  company_watch company_changes;
  journal_observer journal_events;
  audit_key chain_key;
  audit_anchors anchors;

  actor_system_settings actor_settings;
  caf::actor_system actors;
  thread_keeper threads;
  asker_pool askers;
  all_entities entities;
  journal_client commits;
  offboarding_scheduler scheduler;
  altered_values altered;
  deactivation_audit deactivations;

  token_settings tokens;
  key_ring keys;
  token_issuer issuer;
  token_verifier verifier;
  login_throttle throttle;
  failed_sign_ins failures;
  second_factors factors;
  password_hasher hasher;
  sign_in sessions;
  ask_standing ask;
  access_denials denials;
  request_rates rates;
  token_access_control access;

  user_finder users;

  audit_page_places audit_pages;
  audit_inspector inspector;
  audit_exporter exporter;

  queue_workers consumers;
  outbox_relay relay;
  dead_letter_sweeper sweeper;
  dead_letter_replayer replayer;
  database_probe probe;
  housekeeping chores, cleaning, anchoring;

  route_table routes, ops_routes;
  http_metrics http_counts, ops_counts;
  http_server http, ops;

  caf::actor root;
  caf::actor watcher;
};

/// Children of the root from this layer on serve no requests: they end while requests are still answered.
inline constexpr int background_layer = 2;
/// The supervision tree below the root (server/tree.cpp).
std::vector<child_spec> supervised_children(server::parts& p);
/// Waits until every journal and every region exists (server/tree.cpp). False if that takes too long, or on
/// stop.
bool wait_for_actors(server::parts& p, const std::stop_token& stop = {});
/// All routes (server/routes.cpp).
void declare_routes(server::parts& p);
/// Count how commands end, and what they commit (server/observation/observe.cpp).
command_observer_fn command_observer(server::parts& p);
signal_observer_fn signal_observer(server::parts& p);
/// Connects all other metrics (server/observation/observe.cpp).
void connect_metrics(server::parts& p);
/// Counts decisions by outcome and domain, and times them.
decision_observer decision_metrics(metrics& counted);
/// Counts operators' decisions about dead letters, and sends retried ones at once.
dead_letter_replayer::observer dead_letter_metrics(server::parts& p);
/// Counts and times chores (server/observation/observe.cpp).
housekeeping::observer chore_metrics(metrics& counted);
/// Chores that others wait for, and slower ones (server/chores/chores.cpp).
std::vector<housekeeping::chore> quick_chores(server::parts& p);
std::vector<housekeeping::chore> slow_chores(server::parts& p);
/// On a thread of their own: their file may be on a hanging disk, which no deadline ends.
std::vector<housekeeping::chore> anchor_chores(server::parts& p);
/// Publishes this node's signing key (server/chores/signing_keys.cpp). Throws std::runtime_error if it cannot
/// be used.
void start_signing(server::parts& p, pqxx::transaction_base& tx);
/// Maintains the signing keys, and reports what became of them.
housekeeping::chore signing_key_chore(server::parts& p);
/// Purges data that is only kept for a while (server/chores/purges.cpp).
std::vector<housekeeping::chore> purge_chores(server::parts& p);
/// Erases people who have left (server/chores/erasure_chores.cpp).
std::vector<housekeeping::chore> erasure_chores(server::parts& p);
/// Prepares the database for serving (server/preparation.cpp). Migrations may take their time; waiting for
/// others' locks is limited, and logged. Throws std::runtime_error.
void prepare_to_serve(server::parts& p);
/// Takes over other nodes' changes to the companies in use here (server/chores/chores.cpp).
void take_company_changes(server::parts& p, pqxx::transaction_base& tx);

}  // namespace musterd
