#include "server/server.hpp"

#include "actors/committed_version.hpp"
#include "common/observation/log.hpp"
#include "common/process/crash_point.hpp"
#include "http/openapi/openapi.hpp"
#include "persistence/find/access/find_roles.hpp"
#include "persistence/find/access/find_second_factor.hpp"
#include "persistence/load/load_company_directory.hpp"
#include "server/broker.hpp"
#include "server/open_files.hpp"
#include "server/parts.hpp"

#include <caf/send.hpp>
#include <fmt/format.h>

#include <filesystem>

namespace musterd {
namespace {

constexpr std::size_t max_waiting_passwords = 64;
constexpr restart_policy root_policy{};

read_pool_settings reads_from(const server_settings& c) {
  auto s = c.reads;
  s.database_url = c.database.url;
  return s;
}

std::vector<address_block> proxies_from(const public_listener_settings& c) {
  std::vector<address_block> result;
  for (const auto& text : c.trusted_proxies)
    if (auto block = address_block::parse(text))
      result.push_back(*block);
    else
      throw std::runtime_error{"http.trusted_proxies: " + text + " is no address and no CIDR block"};
  return result;
}

std::unique_ptr<tls_certificate> certificate_from(const server_settings& c) {
  const auto& files = c.http.tls;
  if (files.certificate.empty() != files.key.empty())
    throw tls_error{"http.tls.certificate_file and http.tls.key_file are needed together"};
  if (files.certificate.empty() && c.ops.tls)
    throw tls_error{"ops.tls needs http.tls.certificate_file and http.tls.key_file"};
  if (files.certificate.empty())
    return nullptr;
  try {
    return std::make_unique<tls_certificate>(files, wall_clock_now());
  } catch (const tls_error& e) {
    throw tls_error{fmt::format("http.tls: {}", e.what())};
  }
}

cross_origin origins_from(const public_listener_settings& c) {
  auto result = cross_origin::of(c.cors_origins);
  if (!result)
    throw std::runtime_error{result.error().field_errors.front().message};
  return *result;
}

/// Reports invalid settings before anything else is contacted.
server_settings checked(server_settings c) {
  (void)origins_from(c.http);
  (void)proxies_from(c.http);
  return c;
}

http_settings http_from(const public_listener_settings& c, const tls_certificate* tls,
                        const audit_key& shared) {
  http_settings s;
  static_cast<listener_settings&>(s) = c;
  s.tls = tls;
  s.digest_key = shared.hash({"requests with an idempotency key"});
  s.origins = origins_from(c);
  s.trusted_proxies = proxies_from(c);
  s.max_connections = affordable_connections(c.max_connections);
  return s;
}

throttle_settings throttle_from(const password_settings& c) {
  throttle_settings s;
  s.of_user.guesses = c.guesses_per_user;
  return s;
}

/// Its own budget: operators still get through, whatever the public listener suffers.
http_settings ops_from(const server_settings& c, const tls_certificate* tls) {
  http_settings s;
  s.tls = c.ops.tls ? tls : nullptr;
  s.hsts = c.http.hsts;
  s.address = c.ops.address;
  s.port = c.ops.port;
  s.max_connections = 64;
  s.max_connections_per_address = 32;
  s.request_timeout = std::chrono::seconds{5};
  s.idle_timeout = s.stranger_idle_timeout = std::chrono::seconds{30};
  s.write_timeout = std::chrono::seconds{10};
  return s;
}

/// For separate threads, which may wait for the journal.
std::function<std::optional<fault>(tenant_uuid, commit_unit)> commit_fn(const journal_client& commits) {
  return
      [&commits](tenant_uuid tenant, commit_unit unit) { return commits.wait_for(tenant, std::move(unit)); };
}

/// Complete before anybody takes a reference to it. The parts it calls exist by then.
actor_environment environment_of(server::parts& p) {
  return {.limits = p.settings.actors.limits,
          .fault_injection = p.settings.testing.fault_injection,
          .offboarding = p.settings.offboarding,
          .sign_in = p.settings.auth.sign_in,
          .reads = &p.reads,
          .version_of = version_reader_of(p.reads),
          .refresh_person =
              [&p](tenant_uuid tenant, person_uuid person) {
                p.of<person_aggregate>().look_again({tenant, person.value});
                p.of<person_aggregate>().ask({tenant, person.value}, access_question{}, wall_clock_now(),
                                             [](auto&&) {});
              },
          .observe = command_observer(p),
          .emit = signal_observer(p)};
}

exporter_settings exporter_from(const server_settings& c) {
  const auto& exports = c.audit.exports;
  return {exports.folder, exports.max_rows, c.retention.exports, exports.max_megabytes * 1024 * 1024};
}

audit_key chain_key(const audit_settings& c) {
  return c.chain_key_file.empty() ? audit_key::generate() : audit_key::load_or_create(c.chain_key_file);
}

/// Without a file the key lives as long as the process: enough to describe the routes, not to serve.
key_ring signing_keys(const auth_settings& c, const audit_key& seal) {
  if (c.signing_keys.file.empty())
    return key_ring{jose_key::generate()};
  return {signing_key_file{c.signing_keys.file}, seal, key_ring_settings_from(c)};
}

/// A new key would hide that the one which sealed the existing secrets is missing.
void expect_no_second_factors(const server_settings& c) {
  auto db = open_connection(c.database.url);
  pqxx::nontransaction tx{*db};
  if (has_second_factors(tx))
    throw std::runtime_error{
        fmt::format("{} is missing, but users have second factors that are sealed with it: copy it from "
                    "another node or a backup (docs/operations.md, \"Keys and passwords\")",
                    c.auth.second_factor_key_file)};
}

/// Without a file no secret outlives the process, as above.
secret_box factor_box(const server_settings& c) {
  if (c.auth.second_factor_key_file.empty())
    return secret_box::generate();
  if (!std::filesystem::exists(c.auth.second_factor_key_file))
    expect_no_second_factors(c);
  return secret_box::load_or_create(c.auth.second_factor_key_file);
}

/// Waits for a read; nullopt if it fails.
template <class Answer>
std::optional<Answer> answer_of(read_pool& reads, std::function<Answer(pqxx::transaction_base&)> ask) {
  auto answer = std::make_shared<std::promise<std::optional<Answer>>>();
  auto found = answer->get_future();
  auto accepted = reads.submit({[=](pqxx::transaction_base& tx) { answer->set_value(ask(tx)); },
                                [answer](const std::exception&) { answer->set_value(std::nullopt); }});
  return accepted ? found.get() : std::nullopt;
}

/// Keys to verify our own tokens, read again when one names an unknown key: it may have been announced a
/// moment ago. Called on a thread of the verifier, which may wait.
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

/// The user an external issuer means. Called on a thread of the verifier, which may wait.
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

actor_system_settings::actor_system_settings(std::size_t threads) {
  // With few workers one shared queue costs less than workers that wake up to steal.
  set("scheduler.policy", caf::atom("sharing"));
  set("scheduler.max-threads", threads);
  set("scheduler.max-throughput", std::size_t{64});
}

server::parts::parts(server_settings c, std::string v)
    : settings{checked(std::move(c))}, version{std::move(v)}, certificate{certificate_from(settings)},
      reads{reads_from(settings)}, leases{settings.database.url}, environment{environment_of(*this)},
      chain_key{musterd::chain_key(settings.audit)}, anchors{settings.audit.anchor_file},
      actor_settings{settings.actors.threads}, actors{actor_settings},
      askers{actors, settings.actors.threads}, entities{environment, askers}, commits{environment, askers},
      scheduler{leases, environment.offboarding, of<offboarding_aggregate>(), of<timecard_aggregate>(),
                commits},
      altered{commits, counted}, deactivations{reads, commits}, tokens{token_settings_from(settings.auth)},
      keys{signing_keys(settings.auth, chain_key)}, issuer{tokens, keys},
      verifier{tokens, own_keys(reads, keys), subject_finder(reads), report_key_trouble},
      throttle{throttle_from(settings.auth.passwords)}, failures{commits},
      factors{factor_box(settings), settings.auth.tokens.issuer},
      hasher{cost_of(settings.auth.passwords), settings.auth.passwords.parallel, max_waiting_passwords},
      sessions{issuer,
               hasher,
               throttle,
               failures,
               factors,
               of<person_aggregate>(),
               sign_in_lookups{reads, environment.companies},
               settings.auth.default_tenant,
               [this](std::string_view result) {
                 counted.counter("sign_ins_total", {std::string{result}}).Increment();
               }},
      ask{[this](tenant_uuid tenant, person_uuid person, const access_question& question, timestamp now,
                 auto done) {
        of<person_aggregate>().ask({tenant, person.value}, question, now, std::move(done));
      }},
      denials{commits}, rates{settings.rates},
      access{verifier, ask,   environment.companies, company_reader(reads, environment.companies),
             denials,  rates, environment.sign_in,   settings.auth.fresh_sign_in},
      users{environment.users, of<person_aggregate>(), reads},
      inspector{settings.database.url, chain_key, settings.audit.anchor_file, counted, cut.get_token()},
      exporter{leases, exporter_from(settings), commit_fn(commits),
               [this](tenant_uuid tenant, const audit_entry_view& shown) { altered.look_at(tenant, shown); }},
      consumers{queue_workers_of(*this)}, relay{relay_from(*this), messaging},
      sweeper{leases, settings.messaging.broker, messaging},
      replayer{leases, commit_fn(commits), dead_letter_metrics(*this)}, probe{settings.database.url},
      chores{"housekeeping", settings.database.url, quick_chores(*this), chore_metrics(counted)},
      cleaning{"cleaning", settings.database.url, slow_chores(*this), chore_metrics(counted)},
      anchoring{"audit-anchors", settings.database.url, anchor_chores(*this), chore_metrics(counted)},
      http_counts{counted, routes}, ops_counts{counted, ops_routes},
      http{http_from(settings.http, certificate.get(), chain_key), routes, access, http_counts},
      ops{ops_from(settings, certificate.get()), ops_routes, access, ops_counts} {
  if (certificate)
    certificates.emplace(*certificate, settings.database.url, messaging);
  crash_point::arm(settings.testing.crash_at);
  connect_metrics(*this);
  declare_routes(*this);
  http_counts.prepare();
  ops_counts.prepare();
}

server::server(server_settings settings, std::string version) {
  log::configure(settings.log.least());
  parts_ = std::make_unique<parts>(std::move(settings), std::move(version));
}

server::~server() {
  // A start that failed half-way leaves actors behind, and the actor system waits for all of them.
  if (parts_ && parts_->root && !stop(std::chrono::seconds{5}).empty())
    parts_.release();  // still in use
}

void server::start() {
  auto& p = *parts_;
  prepare_to_serve(p);
  p.root = p.actors.spawn<supervisor>(&p.tree, "root", root_policy, supervised_children(p));
  if (!wait_for_actors(p))
    throw std::runtime_error{"The actors did not start in time."};
  if (p.settings.ops.port != 0)
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
  // Only reads declarations; nothing is started, so no database and no broker are needed.
  server_settings settings;
  settings.reads.command_threads = settings.reads.list_threads = 1;
  settings.auth.signing_keys.file = settings.audit.chain_key_file = settings.audit.anchor_file = "";
  settings.auth.second_factor_key_file = "";
  server::parts p{settings, version};
  return openapi_document(p.routes, version);
}

}  // namespace musterd
