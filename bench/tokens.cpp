#include "http/auth/keys/signing_key_file.hpp"
#include "http/auth/tokens/token_issuer.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <fstream>
#include <iostream>

/// Writes access tokens for people in the database, signed with the server's own key: a hundred thousand
/// sign-ins would cost an argon2id hash each.
int main(int argc, char** argv) {
  using namespace musterd;
  std::string keys, input, output, internal_output, tenant, service_id, secret_id;
  CLI::App app{"Makes access tokens for a benchmark."};
  app.add_option("--keys", keys, "The server's signing key file; made if missing")->required();
  app.add_option("--tenant", tenant, "Tenant id")->required();
  app.add_option("--input", input, "Lines '<person id> <user id>'")->required();
  app.add_option("--output", output, "Gets lines '<person id> <token>'")->required();
  app.add_option("--internal-output", internal_output, "Gets the token of a service")
      ->needs(app.add_option("--service", service_id, "Its client id"))
      ->needs(app.add_option("--service-secret", secret_id, "The id of the secret it signed in with"));
  CLI11_PARSE(app, argc, argv);
  try {
    token_settings settings;
    settings.access_lifetime = std::chrono::hours{24};
    auto now = wall_clock_now();
    key_ring ring{signing_key_file{keys}.load_or_create(now).front().key};
    token_issuer issuer{settings, ring};
    principal who;
    who.tenant = {uuid::parse(tenant).value()};
    who.expires_at = now + settings.access_lifetime;
    std::ifstream in{input};
    std::ofstream out{output};
    std::string person, user;
    while (in >> person >> user) {
      who.person = {uuid::parse(person).value()};
      who.actor = uuid::parse(user).value();
      out << person << ' ' << issuer.issue(who, now)->text << '\n';
    }
    if (!internal_output.empty()) {
      principal service{who.tenant,
                        principal_kind::service,
                        uuid::parse(service_id).value(),
                        {},
                        token_audience::internal,
                        {uuid::parse(secret_id).value()},
                        who.expires_at};
      std::ofstream{internal_output} << issuer.issue(service, now)->text << '\n';
    }
    if (!out.flush())
      throw std::runtime_error{"cannot write " + output};
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "musterd_tokens: " << e.what() << '\n';
    return 1;
  }
}
