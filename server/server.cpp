#include "server/server.hpp"

#include "actors/committed_version.hpp"
#include "common/observation/log.hpp"
#include "common/process/crash_point.hpp"
#include "http/openapi/openapi.hpp"
#include "persistence/find/access/find_roles.hpp"
#include "persistence/find/access/find_second_factor.hpp"
#include "persistence/load/load_company_directory.hpp"
#include "server/administration/key_administration.hpp"
#include "server/open_files.hpp"
#include "server/work_execution.hpp"

#include <caf/send.hpp>
#include <fmt/format.h>

#include <filesystem>

namespace musterd {
namespace {

constexpr std::size_t max_waiting_passwords = 64;
constexpr restart_policy root_policy{};

actor_limits limits_from(const server_config& c) {
  actor_limits limits;
  limits.idle_before_passivation = std::chrono::seconds{c.actors_idle_seconds};
  limits.max_in_flight_per_entity = c.actors_max_in_flight;
  return limits;
}

read_pool_settings reads_from(const server_config& c) {
  read_pool_settings s;
  s.database_url = c.database_url;
  s.command_threads = static_cast<std::size_t>(c.reads_threads);
  s.list_threads = static_cast<std::size_t>(c.reads_list_threads);
  s.deadline = std::chrono::milliseconds{c.reads_deadline_ms};
  return s;
}

std::vector<address_block> proxies_from(const server_config& c) {
  std::vector<address_block> result;
  for (const auto& text : c.http_trusted_proxies)
    if (auto block = address_block::parse(text))
      result.push_back(*block);
    else
      throw std::runtime_error{"http.trusted_proxies: " + text + " is no address and no CIDR block"};
  return result;
}

std::unique_ptr<tls_certificate> certificate_from(const server_config& c) {
  if (c.http_tls_certificate_file.empty() != c.http_tls_key_file.empty())
    throw tls_error{"http.tls.certificate_file and http.tls.key_file are needed together"};
  if (c.http_tls_certificate_file.empty() && c.ops_tls)
    throw tls_error{"ops.tls needs http.tls.certificate_file and http.tls.key_file"};
  if (c.http_tls_certificate_file.empty())
    return nullptr;
  try {
    return std::make_unique<tls_certificate>(tls_files{c.http_tls_certificate_file, c.http_tls_key_file},
                                             wall_clock_now());
  } catch (const tls_error& e) {
    throw tls_error{fmt::format("http.tls: {}", e.what())};
  }
}

cross_origin origins_from(const server_config& c) {
  auto result = cross_origin::of(c.http_cors_origins);
  if (!result)
    throw std::runtime_error{result.error().field_errors.front().message};
  return *result;
}

/// What is wrong with the settings themselves is said before anybody else is asked.
server_config checked(server_config c) {
  (void)origins_from(c);
  (void)proxies_from(c);
  return c;
}

http_settings http_from(const server_config& c, const tls_certificate* tls, const audit_key& shared) {
  http_settings s;
  s.tls = tls;
  s.digest_key = shared.hash({"requests with an idempotency key"});
  s.origins = origins_from(c);
  s.hsts = std::chrono::seconds{c.http_hsts_seconds};
  s.trusted_proxies = proxies_from(c);
  s.address = c.http_address;
  s.port = static_cast<std::uint16_t>(c.http_port);
  s.threads = static_cast<std::size_t>(c.http_threads);
  s.max_connections = affordable_connections(static_cast<std::size_t>(c.http_max_connections));
  s.max_connections_per_address = static_cast<std::size_t>(c.http_max_connections_per_address);
  s.max_buffered_bytes = static_cast<std::size_t>(c.http_max_buffered_bytes);
  s.max_buffered_body_bytes = static_cast<std::size_t>(c.http_max_buffered_body_bytes);
  s.stranger_idle_timeout = std::chrono::milliseconds{c.http_stranger_idle_timeout_ms};
  s.write_timeout = std::chrono::milliseconds{c.http_write_timeout_ms};
  s.max_in_flight = static_cast<std::size_t>(c.http_max_in_flight);
  s.max_body_bytes = static_cast<std::uint64_t>(c.http_max_body_bytes);
  s.request_timeout = std::chrono::milliseconds{c.http_request_timeout_ms};
  s.idle_timeout = std::chrono::milliseconds{c.http_idle_timeout_ms};
  return s;
}

throttle_settings throttle_from(const server_config& c) {
  throttle_settings s;
  s.of_user.guesses = static_cast<int>(c.auth_guesses_per_user);
  return s;
}

/// A budget of its own: whatever the public listener suffers, operators see.
http_settings ops_from(const server_config& c, const tls_certificate* tls) {
  http_settings s;
  s.tls = c.ops_tls ? tls : nullptr;
  s.hsts = std::chrono::seconds{c.http_hsts_seconds};
  s.address = c.ops_address;
  s.port = static_cast<std::uint16_t>(c.ops_port);
  s.max_connections = 64;
  s.max_connections_per_address = 32;
  s.request_timeout = std::chrono::seconds{5};
  s.idle_timeout = s.stranger_idle_timeout = std::chrono::seconds{30};
  s.write_timeout = std::chrono::seconds{10};
  return s;
}

request_rate_settings rates_from(const server_config& c) {
  return {c.http_user_rate, c.http_service_rate, c.http_tenant_rate};
}

offboarding_policy offboarding_from(const server_config& c) {
  return {c.offboarding_end_assignments_on_disable,
          c.offboarding_allow_keep_assignments_on_disable,
          c.offboarding_allowed_disable_reasons_for_keep_assignments,
          c.offboarding_reason_codes,
          {c.offboarding_retry_delays, c.offboarding_retry_window, c.offboarding_answer_within}};
}

amqp_options broker_from(const server_config& c) {
  amqp_options o;
  o.url = c.amqp_url;
  o.tls = {c.messaging_tls_ca_file, {c.messaging_tls_certificate_file, c.messaging_tls_key_file}};
  return o;
}

/// The audit key stands for all servers of this database. Without a file it is a new one at each start, and
/// the queues outlive it.
std::optional<event_seal> seal_from(const server::parts& p) {
  return p.config.audit_chain_key_file.empty() ? std::nullopt : std::optional{event_seal{p.chain_key}};
}

consumer_options consuming_from(const server::parts& p) {
  return {p.config.database_url, broker_from(p.config), seal_from(p)};
}

relay_options relay_from(server::parts& p) {
  relay_options o;
  o.database_url = p.config.database_url;
  o.broker = broker_from(p.config);
  o.seal = seal_from(p);
  o.read_limit = static_cast<std::size_t>(p.config.messaging_relay_window);
  o.consumers = {on_the_clock::spec(), user_person_linker::spec(), financial_audit::spec(),
                 offboarding_answers::spec()};
  if (is_work_execution_here(p.config))
    o.consumers.push_back(job_timer_stopper::spec());
  o.confirmed = [&latency =
                     p.counted.histogram("outbox_publish_latency_seconds")](std::chrono::microseconds took) {
    latency.Observe(std::chrono::duration<double>{took}.count());
  };
  return o;
}

/// For threads of their own, which may wait for the journal.
std::function<std::optional<fault>(tenant_uuid, commit_unit)> commit_fn(const outside_commit& commits) {
  return
      [&commits](tenant_uuid tenant, commit_unit unit) { return commits.wait_for(tenant, std::move(unit)); };
}

offboarding_answers::report_fn report_fn(entities<offboarding_aggregate>& cases) {
  return [&cases](request_context ctx, const offboarding_answers::answer& given,
                  forwarding_handler::done_fn done) {
    cases.execute(std::move(ctx), given.case_id, report_command{given.command_id, given.error, given.attempt},
                  [done = std::move(done)](entity_answer answer, bool) { done(std::move(answer.failure)); });
  };
}

audit_key chain_key(const server_config& c) {
  return c.audit_chain_key_file.empty() ? audit_key::generate()
                                        : audit_key::load_or_create(c.audit_chain_key_file);
}

/// Without a file the key lives as long as the process: enough to describe the routes, not to serve.
key_ring signing_keys(const server_config& c, const audit_key& seal) {
  if (c.auth_signing_key_file.empty())
    return key_ring{jose_key::generate()};
  return {signing_key_file{c.auth_signing_key_file}, seal, key_ring_settings_from(c)};
}

/// A new key beside secrets that another one sealed would hide that theirs is missing.
void expect_no_second_factors(const server_config& c) {
  auto db = open_connection(c.database_url);
  pqxx::nontransaction tx{*db};
  if (has_second_factors(tx))
    throw std::runtime_error{
        fmt::format("{} is missing, but users have second factors that are sealed with it: copy it from "
                    "another node or a backup (docs/operations.md, \"Keys and passwords\")",
                    c.auth_second_factor_key_file)};
}

/// Without a file nobody's secret outlives the process, as above.
secret_box factor_box(const server_config& c) {
  if (c.auth_second_factor_key_file.empty())
    return secret_box::generate();
  if (!std::filesystem::exists(c.auth_second_factor_key_file))
    expect_no_second_factors(c);
  return secret_box::load_or_create(c.auth_second_factor_key_file);
}

/// Waits for a read; nothing if it cannot be done.
template <class Answer>
std::optional<Answer> answer_of(read_pool& reads, std::function<Answer(pqxx::transaction_base&)> ask) {
  auto answer = std::make_shared<std::promise<std::optional<Answer>>>();
  auto found = answer->get_future();
  auto accepted = reads.submit({[=](pqxx::transaction_base& tx) { answer->set_value(ask(tx)); },
                                [answer](const std::exception&) { answer->set_value(std::nullopt); }});
  return accepted ? found.get() : std::nullopt;
}

/// What tokens of ours are verified with, when one names a key that is not known: it may have been announced
/// a moment ago. Called on a thread of the verifier, which may wait.
trusted_issuer::key_reader own_keys(read_pool& reads, key_ring& keys) {
  return [&reads, &keys] {
    if (keys.is_shared())
      answer_of<bool>(reads, [&keys](pqxx::transaction_base& tx) {
        keys.learn(tx);
        return true;
      });
    return keys.verifying_keys();
  };
}

/// Whom an external issuer means. Called on a thread of the verifier, which may wait.
subject_lookup subject_finder(read_pool& reads) {
  return [&reads](tenant_uuid tenant, std::string_view subject) -> std::optional<subject_user> {
    auto user = answer_of<std::optional<subject_record>>(
        reads, [tenant, wanted = std::string{subject}](pqxx::transaction_base& tx) {
          return find_subject(tx, tenant, wanted);
        });
    return user && *user ? std::optional{subject_user{(*user)->user, (*user)->person}} : std::nullopt;
  };
}

void report_key_trouble(std::string_view issuer, std::string_view what) {
  log::error({"auth", "issuer_keys_unreadable"}, "{}: {}", issuer, what);
}

log::level level_from(const std::string& name) {
  for (auto level :
       {log::level::debug, log::level::info, log::level::warn, log::level::error, log::level::critical})
    if (log::level_name(level) == name)
      return level;
  throw std::runtime_error{"log.level must be debug, info, warn, error or critical"};
}

show_company_fn company_reader(read_pool& reads, company_directories& shown) {
  return [&reads, &shown](tenant_uuid tenant, std::function<void(outcome<void>)> done) {
    auto failed = [done] { done(unavailable("The company could not be read; try again.")); };
    auto accepted = reads.submit({[&shown, tenant, done](pqxx::transaction_base& tx) {
                                    show_company(tx, shown, tenant);
                                    done(boost::system::in_place_value);
                                  },
                                  [failed](const std::exception&) { failed(); }});
    if (!accepted)
      failed();
  };
}

}  // namespace

actor_system_settings::actor_system_settings(const server_config& config) {
  // Few workers: one shared queue costs less than workers that wake up to look for something to steal.
  set("scheduler.policy", caf::atom("sharing"));
  set("scheduler.max-threads", static_cast<std::size_t>(config.actors_threads));
  set("scheduler.max-throughput", std::size_t{64});
}

server::parts::parts(server_config c, std::string v)
    : config{checked(std::move(c))}, version{std::move(v)}, certificate{certificate_from(config)},
      reads{reads_from(config)}, chain_key{musterd::chain_key(config)}, anchors{config.audit_anchor_file},
      actor_settings{config}, actors{actor_settings},
      askers{actors, static_cast<std::size_t>(config.actors_threads)}, companies{environment, askers},
      people{environment, askers}, timecards{environment, askers}, cases{environment, askers},
      commits{environment, askers},
      scheduler{config.database_url, environment.offboarding, cases, timecards, commits},
      job_timers{environment, askers}, altered{commits, counted}, deactivations{reads, commits},
      tokens{token_settings_from(config)}, keys{signing_keys(config, chain_key)}, issuer{tokens, keys},
      verifier{tokens, own_keys(reads, keys), subject_finder(reads), report_key_trouble},
      throttle{throttle_from(config)}, failures{commits}, factors{factor_box(config), config.auth_issuer},
      hasher{{static_cast<unsigned long long>(config.auth_password_passes),
              static_cast<std::size_t>(config.auth_password_memory_kib) * 1024},
             static_cast<std::size_t>(config.auth_password_parallel),
             max_waiting_passwords},
      sessions{issuer,
               hasher,
               throttle,
               failures,
               factors,
               people,
               sign_in_lookups{reads, environment.companies},
               config.auth_default_tenant,
               [this](std::string_view result) {
                 counted.counter("sign_ins_total", {std::string{result}}).Increment();
               }},
      ask{[this](tenant_uuid tenant, person_uuid person, const access_question& question, timestamp now,
                 auto done) { people.ask({tenant, person.value}, question, now, std::move(done)); }},
      denials{commits}, rates{rates_from(config)},
      access{verifier, ask,   environment.companies, company_reader(reads, environment.companies),
             denials,  rates, environment.sign_in,   std::chrono::seconds{config.auth_fresh_sign_in_seconds}},
      users{environment.users, people, reads},
      inspector{config.database_url, chain_key, config.audit_anchor_file, counted, cut.get_token()},
      exporter{{config.database_url, config.audit_export_dir, config.audit_export_max_rows,
                std::chrono::hours{24 * config.retention_export_days},
                config.audit_export_max_megabytes * 1024 * 1024},
               commit_fn(commits),
               [this](tenant_uuid tenant, const audit_entry_view& shown) { altered.look_at(tenant, shown); }},
      financial{[this](tenant_uuid tenant, commit_unit unit, financial_audit::done_fn done) {
        commits.submit(tenant, std::move(unit), std::move(done));
      }},
      answers{report_fn(cases)}, timer_stopper{stop_function(config, cases, job_timers, commits)},
      relay{relay_from(*this), messaging},
      clock_consumer{consuming_from(*this), on_the_clock::spec(), clock_projection, messaging},
      link_consumer{consuming_from(*this), user_person_linker::spec(), linker, messaging},
      financial_consumer{consuming_from(*this), financial_audit::spec(), financial, messaging},
      answer_consumer{consuming_from(*this), offboarding_answers::spec(), answers, messaging},
      stop_consumer{consuming_from(*this), job_timer_stopper::spec(), timer_stopper, messaging},
      sweeper{config.database_url, broker_from(config), messaging},
      replayer{config.database_url, commit_fn(commits), dead_letter_metrics(*this)},
      probe{config.database_url},
      chores{"housekeeping", config.database_url, quick_chores(*this), chore_metrics(counted)},
      cleaning{"cleaning", config.database_url, slow_chores(*this), chore_metrics(counted)},
      anchoring{"audit-anchors", config.database_url, anchor_chores(*this), chore_metrics(counted)},
      http_counts{counted, routes}, ops_counts{counted, ops_routes},
      http{http_from(config, certificate.get(), chain_key), routes, access, http_counts},
      ops{ops_from(config, certificate.get()), ops_routes, access, ops_counts} {
  if (certificate)
    certificates.emplace(*certificate, config.database_url, messaging);
  environment.limits = limits_from(config);
  environment.fault_injection = config.testing_fault_injection;
  crash_point::arm(config.testing_crash_at);
  environment.reads = &reads;
  environment.version_of = committed_versions(reads);
  environment.offboarding = offboarding_from(config);
  environment.sign_in = sign_in_policy_from(config);
  connect_metrics(*this);
  declare_routes(*this);
  http_counts.prepare();
  ops_counts.prepare();
}

server::server(server_config config, std::string version) {
  log::configure(level_from(config.log_level));
  parts_ = std::make_unique<parts>(std::move(config), std::move(version));
}

server::~server() {
  // A start that failed half-way leaves actors behind, and the actor system waits for all of them.
  if (parts_ && parts_->root && !stop(std::chrono::seconds{5}).empty())
    parts_.release();  // used by somebody still
}

void server::start() {
  auto& p = *parts_;
  prepare_to_serve(p);
  p.root = p.actors.spawn<supervisor>(&p.tree, "root", root_policy, supervised_children(p));
  if (!wait_for_actors(p))
    throw std::runtime_error{"The actors did not start in time."};
  if (p.config.ops_port != 0)
    p.ops.start();
  p.http.start();
  log::info({"server", "started"}, "listening on port {}", p.http.port());
}

std::uint16_t server::port() const {
  return parts_->http.port();
}

void server::on_failure(std::function<void(std::string)> tell) {
  auto& p = *parts_;
  p.watcher =
      p.actors.spawn([root = p.root, tell = std::move(tell)](caf::event_based_actor* self) -> caf::behavior {
        self->set_down_handler([tell](const caf::down_msg& down) {
          if (down.reason != caf::exit_reason::user_shutdown)
            tell(caf::to_string(down.reason));
        });
        self->monitor(root);
        return {[](caf::unit_t) {}};
      });
}

std::string openapi_document(const std::string& version) {
  // Only what is declared is read; nothing is started, so no database and no broker are needed.
  server_config config;
  config.reads_threads = config.reads_list_threads = 1;
  config.auth_signing_key_file = config.audit_chain_key_file = config.audit_anchor_file = "";
  config.auth_second_factor_key_file = "";
  server::parts p{config, version};
  return openapi_document(p.routes, version);
}

}  // namespace musterd
