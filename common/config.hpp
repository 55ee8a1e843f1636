#pragma once

#include "common/fault.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace musterd {

/// Everything that can be set. Every key is declared once, with its bounds and its doc line, in
/// `config_keys()`.
struct server_config {
  std::string database_url;
  std::string migration_database_url;
  std::string amqp_url;
  std::string database_powerful_role = "warn";

  std::string http_address = "127.0.0.1";
  std::int64_t http_port = 8080;
  std::int64_t http_threads = 1;
  std::int64_t http_max_connections = 2000;
  std::int64_t http_max_connections_per_address = 256;
  std::int64_t http_max_in_flight = 1024;
  std::int64_t http_request_timeout_ms = 10'000;
  std::int64_t http_idle_timeout_ms = 75'000;
  std::int64_t http_stranger_idle_timeout_ms = 20'000;
  std::int64_t http_write_timeout_ms = 30'000;
  std::int64_t http_max_body_bytes = 1 << 20;
  std::vector<std::string> http_trusted_proxies;
  std::string http_tls_certificate_file;
  std::string http_tls_key_file;
  std::int64_t http_hsts_seconds = 31'536'000;
  std::vector<std::string> http_cors_origins;
  std::int64_t http_max_buffered_bytes = 64 << 20;
  std::int64_t http_max_buffered_body_bytes = 32 << 20;
  std::int64_t http_user_rate = 2'000;
  std::int64_t http_service_rate = 50'000;
  std::int64_t http_tenant_rate = 60'000;
  std::string ops_address = "127.0.0.1";
  std::int64_t ops_port = 0;
  bool ops_tls = false;

  std::int64_t actors_threads = 2;
  std::int64_t actors_regions = 2;
  std::int64_t actors_idle_seconds = 600;
  std::int64_t actors_max_in_flight = 64;
  std::int64_t journal_writers = 1;
  std::int64_t reads_threads = 3;
  std::int64_t reads_list_threads = 2;
  std::int64_t reads_deadline_ms = 5'000;

  std::string auth_issuer = "musterd";
  std::string auth_audience = "musterd";
  std::string auth_default_tenant = "demo";
  std::string auth_signing_key_file = "var/keys/signing.json";
  std::int64_t auth_signing_key_days = 90;
  std::int64_t auth_signing_key_announce_seconds = 900;
  std::int64_t auth_access_token_seconds = 900;
  std::int64_t auth_refresh_token_seconds = 1'209'600;
  std::int64_t auth_password_memory_kib = 19'456;
  std::int64_t auth_password_passes = 2;
  std::int64_t auth_password_parallel = 2;
  std::int64_t auth_password_min_score = 2;
  std::int64_t auth_guesses_per_user = 100;
  bool auth_change_given_passwords = true;
  std::int64_t auth_fresh_sign_in_seconds = 0;
  std::vector<std::string> auth_second_factor_roles;
  std::string auth_second_factor_key_file = "var/keys/second_factor.key";
  std::int64_t auth_token_cache_entries = 100'000;
  std::string auth_external_issuers_file;
  bool auth_external_http_on_loopback = false;

  bool messaging_enabled = true;
  std::string messaging_tls_ca_file;
  std::string messaging_tls_certificate_file;
  std::string messaging_tls_key_file;
  std::int64_t messaging_relay_window = 512;

  bool offboarding_end_assignments_on_disable = true;
  bool offboarding_allow_keep_assignments_on_disable = false;
  std::vector<std::string> offboarding_allowed_disable_reasons_for_keep_assignments;
  std::vector<std::string> offboarding_reason_codes{
      "RESIGNATION",      "TERMINATION",     "RETIREMENT", "END_OF_CONTRACT",
      "LEAVE_OF_ABSENCE", "TEMP_SUSPENSION", "SECURITY",   "OTHER"};
  std::vector<std::chrono::milliseconds> offboarding_retry_delays{
      std::chrono::minutes{1}, std::chrono::minutes{5}, std::chrono::minutes{15}, std::chrono::hours{1},
      std::chrono::hours{6}};
  std::chrono::milliseconds offboarding_retry_window = std::chrono::hours{24};
  std::chrono::milliseconds offboarding_answer_within = std::chrono::seconds{30};
  std::string workexec_mode = "builtin";

  std::string audit_chain_key_file = "var/keys/audit.key";
  std::string audit_anchor_file = "var/keys/audit.anchors";
  std::string audit_export_dir = "var/exports";
  std::int64_t audit_export_max_rows = 1'000'000;
  std::int64_t audit_export_max_days = 366;
  std::int64_t audit_export_max_megabytes = 4096;

  std::int64_t retention_inbox_days = 7;
  std::int64_t retention_sign_in_days = 90;
  std::int64_t retention_alert_days = 90;
  std::int64_t retention_dead_letter_days = 90;
  std::int64_t retention_offboarding_days = 0;
  std::int64_t retention_export_days = 30;
  std::int64_t retention_profile_hold_days = 0;
  std::int64_t retention_profile_days_after_leaving = 0;
  std::int64_t retention_time_records_days = 0;
  std::int64_t retention_audit_origin_days = 0;

  std::string log_level = "info";
  bool testing_fault_injection = false;
  std::string testing_crash_at;

  /// As whom tables are made and companies are entered: their owner, where that is not the server's role.
  const std::string& owner_url() const {
    return migration_database_url.empty() ? database_url : migration_database_url;
  }
};

/// One key: how it is called in the TOML file ("http.port"), what it means, how it is read and shown.
struct config_key {
  std::string_view name;
  std::string_view doc;
  /// A secret is taken from the environment or a file only, and never shown.
  bool secret = false;
  /// Sets the field from text; an error message, or nothing.
  std::function<std::string(server_config&, std::string_view)> set;
  std::function<std::string(const server_config&)> show;

  /// "MUSTERD_HTTP_PORT"; with "_FILE" behind it, a secret is read from that file.
  std::string environment_name() const;
};

const std::vector<config_key>& config_keys();

/// Where settings come from, weakest first: defaults, TOML file, environment, flags ("http.port" → "8080").
struct config_sources {
  std::string file;
  std::function<const char*(const std::string&)> environment;
  std::map<std::string, std::string> flags;
};

/// The effective configuration; the fault lists every unknown key and bad value.
outcome<server_config> read_config(const config_sources& sources);

/// The effective configuration as a commented TOML file; secrets are masked.
std::string show_config(const server_config& config);

}  // namespace musterd
