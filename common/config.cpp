#include "common/config.hpp"

#include "common/text/text.hpp"
#include "common/time/duration.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>

namespace musterd {
namespace {

config_key number(std::string_view name, std::int64_t server_config::* field, std::int64_t least,
                  std::int64_t most, std::string_view doc) {
  return {name, doc, false,
          [=](server_config& c, std::string_view text) -> std::string {
            std::int64_t value = 0;
            auto end = text.data() + text.size();
            auto [stopped, error] = std::from_chars(text.data(), end, value);
            if (error != std::errc{} || stopped != end || value < least || value > most)
              return fmt::format("must be an integer from {} to {}", least, most);
            c.*field = value;
            return {};
          },
          [=](const server_config& c) { return std::to_string(c.*field); }};
}

config_key flag(std::string_view name, bool server_config::* field, std::string_view doc) {
  return {name, doc, false,
          [=](server_config& c, std::string_view text) -> std::string {
            if (text != "true" && text != "false")
              return "must be true or false";
            c.*field = text == "true";
            return {};
          },
          [=](const server_config& c) -> std::string { return c.*field ? "true" : "false"; }};
}

config_key text(std::string_view name, std::string server_config::* field, std::string_view doc,
                bool secret = false) {
  return {name, doc, secret,
          [=](server_config& c, std::string_view value) -> std::string {
            c.*field = value;
            return {};
          },
          [=](const server_config& c) {
            if (secret)
              return std::string{(c.*field).empty() ? "\"\"" : "\"***\""};
            return fmt::format("\"{}\"", c.*field);
          }};
}

/// Comma-separated; blanks around the items do not count.
std::vector<std::string> items_of(std::string_view text) {
  std::vector<std::string> result;
  while (!is_blank(text)) {
    auto item = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), item.size() + 1));
    item.remove_prefix(std::min(item.find_first_not_of(' '), item.size()));
    result.emplace_back(item.substr(0, item.find_last_not_of(' ') + 1));
  }
  return result;
}

config_key words(std::string_view name, std::vector<std::string> server_config::* field,
                 std::string_view doc) {
  return {name, doc, false,
          [=](server_config& c, std::string_view text) -> std::string {
            c.*field = items_of(text);
            return {};
          },
          [=](const server_config& c) { return fmt::format("\"{}\"", fmt::join(c.*field, ",")); }};
}

config_key duration(std::string_view name, std::chrono::milliseconds server_config::* field,
                    std::string_view doc) {
  return {name, doc, false,
          [=](server_config& c, std::string_view text) -> std::string {
            auto read = parse_duration(text);
            if (!read)
              return "must be a duration such as 500ms, 30s, 15m or 6h";
            c.*field = *read;
            return {};
          },
          [=](const server_config& c) { return fmt::format("\"{}\"", duration_text(c.*field)); }};
}

config_key durations(std::string_view name, std::vector<std::chrono::milliseconds> server_config::* field,
                     std::string_view doc) {
  return {name, doc, false,
          [=](server_config& c, std::string_view text) -> std::string {
            std::vector<std::chrono::milliseconds> read;
            for (const auto& item : items_of(text))
              if (auto one = parse_duration(item))
                read.push_back(*one);
              else
                return "must be durations such as 1m,5m,15m,1h,6h";
            if (read.empty())
              return "must have at least one duration";
            c.*field = std::move(read);
            return {};
          },
          [=](const server_config& c) {
            std::vector<std::string> shown;
            for (auto one : c.*field)
              shown.push_back(duration_text(one));
            return fmt::format("\"{}\"", fmt::join(shown, ","));
          }};
}

config_key choice(std::string_view name, std::string server_config::* field,
                  const std::vector<std::string_view>& choices, std::string_view doc) {
  return {name, doc, false,
          [=](server_config& c, std::string_view value) -> std::string {
            if (std::find(choices.begin(), choices.end(), value) == choices.end())
              return fmt::format("must be one of {}", fmt::join(choices, ", "));
            c.*field = value;
            return {};
          },
          [=](const server_config& c) { return fmt::format("\"{}\"", c.*field); }};
}

std::vector<config_key> make_keys() {
  using c = server_config;
  return {
      text("database_url", &c::database_url,
           "PostgreSQL to use; needed. From the environment or a file only.", true),
      text(
          "migration_database_url", &c::migration_database_url,
          "The same database as the owner of its tables, for `migrate`, `seed` and `… create`; `serve` needs "
          "none. From the environment or a file only.",
          true),
      text("amqp_url", &c::amqp_url, "RabbitMQ to use. From the environment or a file only.", true),
      choice(
          "database.powerful_role", &c::database_powerful_role, {"warn", "refuse"},
          "What `serve` does about a role that may do more than it needs: a superuser, say, or the owner of "
          "the tables."),
      text("http.address", &c::http_address, "Address to listen on."),
      number("http.port", &c::http_port, 0, 65535, "TCP port to listen on; 0 takes a free one."),
      number("http.threads", &c::http_threads, 1, 64, "Threads that read and write sockets."),
      number("http.max_connections", &c::http_max_connections, 1, 100'000,
             "Connections beyond which new ones get 503."),
      number("http.max_connections_per_address", &c::http_max_connections_per_address, 1, 100'000,
             "The same, of one IPv4 address or one /64 network of IPv6 that is no trusted proxy."),
      number("http.max_in_flight", &c::http_max_in_flight, 1, 100'000,
             "Requests under way beyond which new ones get 503."),
      number("http.request_timeout_ms", &c::http_request_timeout_ms, 100, 600'000,
             "How long a client may take to send a request (408)."),
      number("http.idle_timeout_ms", &c::http_idle_timeout_ms, 100, 3'600'000,
             "How long an idle connection is kept."),
      number("http.stranger_idle_timeout_ms", &c::http_stranger_idle_timeout_ms, 100, 3'600'000,
             "The same where nobody has shown a valid token, if that is less."),
      words("http.trusted_proxies", &c::http_trusted_proxies,
            "Proxies (CIDR, comma-separated) whose Forwarded and X-Forwarded-For say from where a request "
            "comes."),
      text("http.tls.certificate_file", &c::http_tls_certificate_file,
           "Certificate with its chain (PEM): the listener speaks TLS. Taken anew when the file changes. "
           "Empty: plain HTTP."),
      text("http.tls.key_file", &c::http_tls_key_file, "Its private key (PEM, without a passphrase)."),
      number(
          "http.hsts_seconds", &c::http_hsts_seconds, 0, 63'072'000,
          "Strict-Transport-Security of answers by https: how long browsers come by nothing else. 0: none."),
      words("http.cors_origins", &c::http_cors_origins,
            "Origins (comma-separated, such as https://shop.example) whose pages may read answers. Empty: "
            "none."),
      number("http.write_timeout_ms", &c::http_write_timeout_ms, 100, 600'000,
             "A client that takes less than 64 KiB of its answer in this time is closed."),
      number("http.max_body_bytes", &c::http_max_body_bytes, 1024, 64 << 20,
             "Largest request body (413); 16 KiB where no token is needed or none is shown."),
      number("http.max_buffered_bytes", &c::http_max_buffered_bytes, 1 << 20, std::int64_t{1} << 40,
             "Answers that wait to be sent, all together: beyond, no request is begun, and connections that "
             "read nothing are closed after a second."),
      number(
          "http.max_buffered_body_bytes", &c::http_max_buffered_body_bytes, 1 << 20, std::int64_t{1} << 40,
          "Request bodies of more than 16 KiB that are not answered, all together, of one network a quarter "
          "(503)."),
      number("http.user_rate", &c::http_user_rate, 0, 1'000'000,
             "Requests a second of one user, twice as many at once (429); 0 is no limit."),
      number("http.service_rate", &c::http_service_rate, 0, 1'000'000, "The same, of one service."),
      number("http.tenant_rate", &c::http_tenant_rate, 0, 1'000'000,
             "The same, of a company, services included."),
      text("ops.address", &c::ops_address, "Address of the operators' own listener."),
      number("ops.port", &c::ops_port, 0, 65535,
             "TCP port where only health and metrics are; the other one has no metrics then. 0: none."),
      flag("ops.tls", &c::ops_tls, "The operators' listener speaks TLS as well, with the same certificate."),
      number("actors.threads", &c::actors_threads, 1, 256, "Threads that run actors."),
      number("actors.regions", &c::actors_regions, 1, 64,
             "Regions per aggregate that find and wake entities."),
      number("actors.idle_seconds", &c::actors_idle_seconds, 1, 86'400,
             "Idle time after which an entity sleeps."),
      number("actors.max_in_flight", &c::actors_max_in_flight, 1, 10'000,
             "Commands waiting for one entity beyond which it answers BUSY; eight times as many questions."),
      number("journal.writers", &c::journal_writers, 1, 16,
             "Connections that commit, each with its own batches."),
      number("reads.threads", &c::reads_threads, 1, 64,
             "Connections for what commands and sign-ins wait for: records that wake, lookups."),
      number("reads.list_threads", &c::reads_list_threads, 1, 64,
             "Connections for lists and reports; they have no others."),
      number("reads.deadline_ms", &c::reads_deadline_ms, 100, 60'000,
             "After this a read has failed, waiting included; its connection is cut if need be. Beyond 6000 "
             "a record may take longer to wake than its caller waits."),
      text(
          "auth.issuer", &c::auth_issuer,
          "`iss` of our own access tokens; where it is the https URL of this server, discovery is answered."),
      text("auth.audience", &c::auth_audience, "`aud` a user's token must carry."),
      text("auth.default_tenant", &c::auth_default_tenant, "Tenant of a login that names none."),
      text("auth.signing_key_file", &c::auth_signing_key_file,
           "Private keys (JWK Set) for access tokens; made at first start if missing."),
      number("auth.signing_key_days", &c::auth_signing_key_days, 0, 3650,
             "Age at which a signing key is replaced by a new one; 0 is never."),
      number("auth.signing_key_announce_seconds", &c::auth_signing_key_announce_seconds, 3, 86'400,
             "How long a new signing key is published before it signs; others may keep the JWKS for a third "
             "of it."),
      number("auth.access_token_seconds", &c::auth_access_token_seconds, 10, 86'400,
             "Life of an access token."),
      number("auth.refresh_token_seconds", &c::auth_refresh_token_seconds, 60, 31'536'000,
             "Life of a refresh token family."),
      number("auth.password_memory_kib", &c::auth_password_memory_kib, 8, 4 << 20,
             "Memory of one argon2id hash."),
      number("auth.password_passes", &c::auth_password_passes, 1, 20, "Passes of one argon2id hash."),
      number("auth.password_parallel", &c::auth_password_parallel, 1, 64,
             "Password checks at the same time."),
      number("auth.password_min_score", &c::auth_password_min_score, 0, 4,
             "How hard to guess a new password must be, by zxcvbn."),
      number(
          "auth.guesses_per_user", &c::auth_guesses_per_user, 10, 1'000'000,
          "Wrong passwords for one user in an hour, from addresses where that user never signed in; beyond "
          "them only who has been there before may try."),
      flag("auth.change_given_passwords", &c::auth_change_given_passwords,
           "Whether a password that somebody else set is good for nothing but changing it."),
      number("auth.fresh_sign_in_seconds", &c::auth_fresh_sign_in_seconds, 0, 86'400,
             "How old a sign-in may be for giving roles, setting passwords, defining roles and services, and "
             "terminating; 0 asks nobody."),
      words("auth.second_factor_roles", &c::auth_second_factor_roles,
            "Roles (names, comma-separated) whose holders need a second factor: without one they can only "
            "enrol."),
      text("auth.second_factor_key_file", &c::auth_second_factor_key_file,
           "Key that seals the secrets of second factors; made if missing while nobody has one, and the same "
           "on all nodes."),
      number("auth.token_cache_entries", &c::auth_token_cache_entries, 100, 10'000'000,
             "Verified access tokens remembered until they expire."),
      text("auth.external_issuers_file", &c::auth_external_issuers_file,
           "JSON file that names trusted external issuers."),
      flag("auth.external_http_on_loopback", &c::auth_external_http_on_loopback,
           "Keys of external issuers may come by http from this machine. For tests and development."),
      flag("messaging.enabled", &c::messaging_enabled, "Whether this node relays its outbox and consumes."),
      text("messaging.tls.ca_file", &c::messaging_tls_ca_file,
           "Authorities of the broker's certificate (PEM) for an amqps:// URL. Empty: those of the system."),
      text("messaging.tls.certificate_file", &c::messaging_tls_certificate_file,
           "Our own certificate (PEM), for a broker that asks for one."),
      text("messaging.tls.key_file", &c::messaging_tls_key_file, "Its private key (PEM)."),
      number("messaging.relay_window", &c::messaging_relay_window, 1, 10'000,
             "Events published before their confirms are awaited."),
      flag("offboarding.end_assignments_on_disable", &c::offboarding_end_assignments_on_disable,
           "Assignments end where a request to disable does not say; otherwise it must say."),
      flag("offboarding.allow_keep_assignments_on_disable", &c::offboarding_allow_keep_assignments_on_disable,
           "Whether assignments may be left active, for the reasons allowed."),
      words("offboarding.allowed_disable_reasons_for_keep_assignments",
            &c::offboarding_allowed_disable_reasons_for_keep_assignments,
            "Reasons for which assignments may be left active, comma-separated."),
      words("offboarding.reason_codes", &c::offboarding_reason_codes, "What statusReasonCode may be."),
      durations("offboarding.retry_delays", &c::offboarding_retry_delays,
                "Pauses after the first, second, … failure of a command; the last repeats."),
      duration("offboarding.retry_window", &c::offboarding_retry_window,
               "From the first failure on; then an operator has to see to the command."),
      duration("offboarding.answer_within", &c::offboarding_answer_within,
               "How long another service may take to answer before an attempt has failed."),
      choice(
          "workexec.mode", &c::workexec_mode, {"builtin", "external", "failing"},
          "Who keeps job timers: this server, another behind the same messages, or this one refusing every "
          "StopJobTimers, for drills and tests."),
      text("audit.chain_key_file", &c::audit_chain_key_file,
           "Key of the audit chains; made at first start if missing. Without it nothing can be verified."),
      text("audit.anchor_file", &c::audit_anchor_file,
           "File that remembers where the audit chains end; outside of the database. Empty: none."),
      text("audit.export_dir", &c::audit_export_dir, "Folder for exports of the audit trail."),
      number("audit.export_max_rows", &c::audit_export_max_rows, 1, 100'000'000,
             "Most entries in one export."),
      number("audit.export_max_days", &c::audit_export_max_days, 1, 3660, "Longest range of one export."),
      number("audit.export_max_megabytes", &c::audit_export_max_megabytes, 1, 1'000'000,
             "How large an export may be, and what one company's files may take: the oldest go first."),
      number("retention.inbox_days", &c::retention_inbox_days, 1, 3660,
             "How long consumers remember which events they handled."),
      number("retention.sign_in_days", &c::retention_sign_in_days, 1, 3660,
             "How long sign-ins are kept after they have expired."),
      number("retention.alert_days", &c::retention_alert_days, 1, 3660, "How long alerts are kept."),
      number("retention.dead_letter_days", &c::retention_dead_letter_days, 1, 3660,
             "How long dead letters and replays are kept after they were decided about or have ended."),
      number("retention.offboarding_days", &c::retention_offboarding_days, 0, 36'600,
             "How long offboarding cases are kept after they were completed; 0 keeps them for ever."),
      number("retention.export_days", &c::retention_export_days, 1, 3660,
             "How long finished exports and their files are kept."),
      number("retention.profile_hold_days", &c::retention_profile_hold_days, 0, 36'600,
             "How long after somebody left nobody may erase their profile."),
      number("retention.profile_days_after_leaving", &c::retention_profile_days_after_leaving, 0, 36'600,
             "How long after somebody left their profile is erased; 0 keeps it until it is asked for."),
      number("retention.time_records_days", &c::retention_time_records_days, 0, 36'600,
             "How long timecards and job timers are kept, whoever's they are; 0 keeps them for ever."),
      number("retention.audit_origin_days", &c::retention_audit_origin_days, 0, 36'600,
             "How long the trail keeps from where sign-ins and refused requests came; 0 keeps it for ever."),
      text("log.level", &c::log_level, "debug, info, warn, error or critical."),
      flag("testing.fault_injection", &c::testing_fault_injection,
           "Obey X-Fault-Injection headers. Never in production."),
      text("testing.crash_at", &c::testing_crash_at,
           "Where the process shall die, such as report_command:after-commit. Never in production."),
  };
}

const config_key* find_key(std::string_view name) {
  const auto& keys = config_keys();
  auto found = std::find_if(keys.begin(), keys.end(), [&](const auto& k) { return k.name == name; });
  return found == keys.end() ? nullptr : &*found;
}

class reader {
 public:
  explicit reader(server_config& config) : config_{config} {}

  void set(const config_key& key, std::string_view value, std::string_view source) {
    if (auto problem = key.set(config_, value); !problem.empty())
      refuse(key.name, fmt::format("{} ({})", problem, source));
  }
  void refuse(std::string_view name, std::string_view problem) {
    errors_.push_back({std::string{name}, fmt::format("{} {}", name, problem)});
  }
  void table(const toml::table& table, const std::string& prefix, const std::string& file) {
    for (const auto& [name, node] : table) {
      auto full = prefix + std::string{name.str()};
      if (const auto* inner = node.as_table())
        this->table(*inner, full + '.', file);
      else if (const auto* key = find_key(full); key == nullptr)
        refuse(full, fmt::format("is not a known key (in {})", file));
      else if (key->secret)
        refuse(full,
               "is a secret: give it by environment or by a file named there, not in the configuration");
      else
        set(*key, as_text(node), file);
    }
  }
  std::vector<field_error> take_errors() { return std::move(errors_); }

 private:
  static std::string as_text(const toml::node& node) {
    if (auto s = node.value<std::string>(); s && node.is_string())
      return *s;
    if (node.is_boolean())
      return *node.value<bool>() ? "true" : "false";
    if (node.is_integer())
      return std::to_string(*node.value<std::int64_t>());
    return "(neither text, integer nor boolean)";
  }

  server_config& config_;
  std::vector<field_error> errors_;
};

std::string first_line(const std::string& path) {
  std::ifstream file{path};
  std::string line;
  std::getline(file, line);
  return line;
}

void read_environment(reader& into, const config_sources& sources) {
  for (const auto& key : config_keys()) {
    auto name = key.environment_name();
    if (const char* value = sources.environment(name))
      into.set(key, value, name);
    else if (const char* path = key.secret ? sources.environment(name + "_FILE") : nullptr)
      into.set(key, first_line(path), name + "_FILE");
  }
}

}  // namespace

std::string config_key::environment_name() const {
  std::string result = "MUSTERD_";
  for (char c : name)
    result += c == '.' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return result;
}

const std::vector<config_key>& config_keys() {
  static const auto keys = make_keys();
  return keys;
}

outcome<server_config> read_config(const config_sources& sources) {
  server_config config;
  reader into{config};
  if (!sources.file.empty()) {
    try {
      into.table(toml::parse_file(sources.file), "", sources.file);
    } catch (const toml::parse_error& e) {
      std::ostringstream where;
      where << e.source().begin;
      into.refuse(sources.file, fmt::format("cannot be read: {} ({})", e.description(), where.str()));
    }
  }
  if (sources.environment)
    read_environment(into, sources);
  for (const auto& [name, value] : sources.flags) {
    if (const auto* key = find_key(name))
      into.set(*key, value, "--" + name);
    else
      into.refuse(name, "is not a known key");
  }
  if (auto errors = into.take_errors(); !errors.empty())
    return validation_failed(std::move(errors));
  return config;
}

std::string show_config(const server_config& config) {
  std::string out, section;
  for (const auto& key : config_keys()) {
    auto dot = key.name.find('.');
    auto own = dot == std::string_view::npos ? std::string_view{} : key.name.substr(0, dot);
    if (own != section) {
      section = own;
      out += fmt::format("\n[{}]\n", section);
    }
    out += fmt::format("# {} ({})\n{}{} = {}\n", key.doc, key.environment_name(), key.secret ? "# " : "",
                       dot == std::string_view::npos ? key.name : key.name.substr(dot + 1), key.show(config));
  }
  return out;
}

}  // namespace musterd
