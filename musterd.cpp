#include "common/json/json_write.hpp"
#include "common/observation/log.hpp"
#include "common/observation/log_output.hpp"
#include "common/settings/read_settings.hpp"
#include "common/settings/show_settings.hpp"
#include "common/text/random_text.hpp"
#include "common/text/redaction.hpp"
#include "http/auth/sign_in/password_hasher.hpp"
#include "persistence/audit/verify_audit.hpp"
#include "persistence/jobs/seed.hpp"
#include "persistence/schema/server_role.hpp"
#include "persistence/sql/connection.hpp"
#include "seed/embedded.hpp"
#include "server/administration/administration.hpp"
#include "server/administration/key_administration.hpp"
#include "server/server.hpp"
#include "server/settings/settings.hpp"
#include "server/stop_request.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

namespace {

using namespace musterd;

int serve(const server_settings& settings) {
  auto& asked = stop_request::of_process();
  server running{settings, MUSTERD_VERSION};
  running.start();
  asked.server_has_started();
  running.on_failure([&asked](const std::string& why) {
    log::critical({"server", "given_up"}, "the root supervisor gave up: {}", why);
    asked.give_up();
  });
  const auto* scheme = settings.http.tls.certificate.empty() ? "http" : "https";
  std::cout << "musterd ready at " << scheme << "://" << settings.http.address << ':' << running.port()
            << std::endl;
  asked.wait();
  auto left = running.stop(asked.grace());
  if (asked.given_up() || !left.empty()) {
    log::flush();
    std::_Exit(1);  // whatever still runs may use anything, so nothing is destroyed
  }
  return 0;
}

int run_migrations(const server_settings& settings) {
  std::cout << prepare_database(settings.database.owner_url(), settings.database.url).migrations
            << " migrations applied\n";
  return 0;
}

int seed(const server_settings& settings, bool reset_passwords) {
  prepare_database(settings.database.owner_url(), settings.database.url);
  auto connection = open_connection(settings.database.owner_url());
  auto& db = *connection;
  password_hasher hasher{cost_of(settings.auth.passwords), 1, 1};
  auto result = import_company(db, embedded_demo_company(), embedded_default_roles(),
                               [&](const std::string& password) { return hasher.hash_now(password); },
                               {{}, reset_passwords, wall_clock_now()});
  std::cerr << result.rows_added << " rows added\n";
  for (const auto& login : result.logins)
    if (login.password)
      std::cout << login.username << "  " << *login.password << '\n';
  return 0;
}

/// 0 if everything is as it was written, otherwise 1.
int verify_trail(const server_settings& settings, const std::string& tenant_code) {
  audit_selection selection;
  if (!tenant_code.empty()) {
    auto db = open_connection(settings.database.url);
    selection.tenant = find_tenant(pqxx::nontransaction{*db}, tenant_code);
    if (!selection.tenant)
      throw std::runtime_error{"there is no tenant " + tenant_code};
  }
  auto key = audit_key::load(settings.audit.chain_key_file);
  auto result =
      verify_audit(settings.database.url, key, audit_anchors{settings.audit.anchor_file}, selection);
  std::cout << to_json(*result) << '\n';
  return result->valid ? 0 : 1;
}

/// Reads a line without echo; always restores the terminal.
std::string typed_unseen(const std::string& prompt) {
  struct quiet {
    termios before{};
    quiet() {
      tcgetattr(STDIN_FILENO, &before);
      auto silent = before;
      silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
      tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    }
    ~quiet() { tcsetattr(STDIN_FILENO, TCSAFLUSH, &before); }
  };
  std::cerr << prompt << std::flush;
  std::string line;
  {
    quiet terminal;
    std::getline(std::cin, line);
  }
  std::cerr << '\n';
  return line;
}

/// Prompts twice on a terminal; otherwise reads the first line of the input.
std::string read_password() {
  if (isatty(STDIN_FILENO) == 0) {
    std::string line;
    std::getline(std::cin, line);
    return line;
  }
  auto password = typed_unseen("Password: ");
  if (typed_unseen("Once more: ") != password)
    throw std::runtime_error{"the two passwords are not the same"};
  return password;
}

int make_administrator(const server_settings& settings, new_administrator wanted, bool generate) {
  wanted.password = generate ? random_text(20) : read_password();
  create_administrator(settings, wanted);
  std::cerr << wanted.username << " may sign in\n";
  if (generate)
    std::cout << wanted.username << "  " << wanted.password << '\n';
  return 0;
}

int rotate_keys(const server_settings& settings) {
  auto kid = announce_signing_key(settings);
  std::cout << kid << std::endl;
  std::cerr << "announced; it signs from in " << settings.auth.signing_keys.announced_for.count()
            << " s on\n";
  return 0;
}

/// `<kid>  <algorithm>  <state>  announced <s> s ago  verifies for <s> s`
int show_keys(const server_settings& settings) {
  for (const auto& k : list_signing_keys(settings))
    std::cout << fmt::format("{}  {}  {}  announced {} s ago  verifies for {} s\n", k.kid,
                             enum_name(k.algorithm), enum_name(k.state), k.announced_for.count(),
                             k.verifies_for.count());
  return 0;
}

std::string explain(const fault& f) {
  auto text = "musterd: the configuration is not valid";
  std::string result = text;
  for (const auto& e : f.field_errors)
    result += "\n  " + e.message;
  return result;
}

int require_database(const server_settings& settings, const std::function<int(const server_settings&)>& run) {
  if (!settings.database.url.empty())
    return run(settings);
  std::cerr << "musterd: MUSTERD_DATABASE_URL (or MUSTERD_DATABASE_URL_FILE) is needed\n";
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"The people server for a business with many shops."};
  server_settings settings;
  setting_list described;
  describe(described, settings);
  setting_sources sources;
  sources.environment = [](const std::string& name) { return std::getenv(name.c_str()); };
  bool reset_passwords = false;
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--config", sources.file, "TOML file with settings (see `musterd config`)");
  for (const auto& s : described.all())
    if (!s.secret)
      app.add_option_function<std::string>(
             "--" + std::string{s.name},
             [&sources, name = std::string{s.name}](const std::string& value) {
               sources.flags[name] = value;
             },
             std::string{s.doc})
          ->group("Settings");
  auto* serving = app.add_subcommand(
      "serve", "Serves until SIGINT or SIGTERM; migrates first, if its role owns the tables");
  auto* migrating = app.add_subcommand(
      "migrate", "Brings the database up to date, as its owner, and lets the server's role in");
  auto* seeding =
      app.add_subcommand("seed", "Imports the demo company; prints new logins, `<login>  <password>`");
  seeding->add_flag("--reset-passwords", reset_passwords, "New passwords also for logins that have one");
  std::string tenant;
  auto* auditing = app.add_subcommand("audit", "Looks after the audit trail");
  auto* verifying =
      auditing->add_subcommand("verify", "Finds entries that were changed, removed or inserted");
  verifying->add_option("--tenant", tenant, "Only this tenant (its code)");
  auditing->require_subcommand(1);
  auto* tenants = app.add_subcommand("tenant", "Looks after companies")->require_subcommand(1);
  auto* entering = tenants->add_subcommand("create", "Enters a company with the default roles");
  std::string company_name;
  entering->add_option("--code", tenant, "What people name it by when they sign in")->required();
  entering->add_option("--name", company_name, "Its name")->required();

  auto* admins = app.add_subcommand("admin", "Looks after administrators")->require_subcommand(1);
  auto* appointing = admins->add_subcommand(
      "create",
      "Makes a person, their user and OWNER for ever; asks for the password, or reads it from stdin");
  new_administrator admin{{}, {"First", "Administrator", {}}, {}, {}, false};
  bool generate = false;
  appointing->add_option("--tenant", admin.tenant, "The company's code")->required();
  appointing->add_option("--username", admin.username, "What they sign in with")->required();
  appointing->add_option("--email", admin.person.primary_email, "Their email address");
  appointing->add_option("--first-name", admin.person.first_name, "Default: First");
  appointing->add_option("--last-name", admin.person.last_name, "Default: Administrator");
  appointing->add_flag("--generate", generate, "Makes the password and prints it: `<username>  <password>`");
  appointing->add_flag("--force", admin.force, "Also when the company has an owner already");

  auto* services =
      app.add_subcommand("service", "Looks after services that may call /internal")->require_subcommand(1);
  auto* letting_in =
      services->add_subcommand("create", "Lets a service in; prints its secret once: `<name>  <secret>`");
  new_service service;
  letting_in->add_option("--tenant", tenant, "The company's code")->required();
  letting_in->add_option("--name", service.name, "What it signs in with")->required();
  letting_in->add_option("--description", service.description, "What it is for");
  letting_in->add_option("--scope", service.scopes, "What it may do; repeat it for more")->required();
  auto* keys =
      app.add_subcommand("keys", "Looks after the keys that sign access tokens")->require_subcommand(1);
  auto* rotating = keys->add_subcommand(
      "rotate", "Announces a new key, which signs once everybody knows it; prints its id. Servers go on");
  auto* listing = keys->add_subcommand("list", "Prints the keys that tokens are verified with");
  auto* describing = app.add_subcommand("openapi", "Prints the OpenAPI document");
  auto* showing = app.add_subcommand("config", "Prints the effective configuration with every key's meaning");
  bool example = false;
  showing->add_flag("--example", example, "Prints config.example.toml instead: all defaults and limits");
  app.add_subcommand("version", "Prints the version")->callback([] {
    std::cout << "musterd " MUSTERD_VERSION "\n";
  });
  CLI11_PARSE(app, argc, argv);

  if (example) {
    std::cout << example_settings(described);
    return 0;
  }
  if (auto read = read_settings(described, sources); !read) {
    std::cerr << explain(read.error()) << '\n';
    return 2;
  }
  try {
    if (serving->parsed())
      return require_database(settings, serve);
    if (migrating->parsed())
      return require_database(settings, run_migrations);
    if (seeding->parsed())
      return require_database(settings, [&](const server_settings& s) { return seed(s, reset_passwords); });
    if (verifying->parsed())
      return require_database(settings, [&](const server_settings& s) { return verify_trail(s, tenant); });
    if (entering->parsed())
      return require_database(settings, [&](const server_settings& s) {
        create_tenant(s, tenant, company_name, embedded_default_roles());
        return 0;
      });
    if (appointing->parsed())
      return require_database(
          settings, [&](const server_settings& s) { return make_administrator(s, admin, generate); });
    if (letting_in->parsed())
      return require_database(settings, [&](const server_settings& s) {
        std::cout << service.name << "  " << create_service_for(s, tenant, service) << '\n';
        return 0;
      });
    if (rotating->parsed())
      return require_database(settings, rotate_keys);
    if (listing->parsed())
      return require_database(settings, show_keys);
    if (describing->parsed())
      std::cout << openapi_document(MUSTERD_VERSION) << '\n';
    if (showing->parsed())
      std::cout << show_settings(described);
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "musterd: " << redacted(e.what()) << '\n';
    return 1;
  }
}
