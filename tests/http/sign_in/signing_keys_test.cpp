#include "tests/http/servers/server_log.hpp"
#include "tests/http/sign_in/forged_token.hpp"
#include "tests/http/time/desk.hpp"

#include <filesystem>
#include <fstream>
#include <set>

/// Decision 0039: a key is announced, signs, and ends when its last token has.
namespace musterd::testing {
namespace {

constexpr auto announce_seconds = "5";

std::string folder_of(company_server& server) {
  return std::filesystem::path{server.process().log()}.parent_path();
}
std::string key_file(company_server& server) {
  return folder_of(server) + "/signing.json";
}

std::string text_of(const std::string& path) {
  std::ifstream in{path};
  return {std::istreambuf_iterator<char>{in}, {}};
}

std::string kid_of(const std::string& token) {
  return std::string{header_of(token).at("kid").as_string()};
}

std::set<std::string> published_by(const std::string& url) {
  http_client http{url, patience};
  std::set<std::string> result;
  auto answer = json_of(http.get("/.well-known/jwks.json"));
  for (const auto& key : answer.at("keys").as_array())
    result.insert(text_at(key, "/kid"));
  return result;
}

/// With a service's token: without a session, it is good on every node as long as its key is.
int status_with(const std::string& url, const std::string& token) {
  http_client http{url, patience};
  http.use_token(token);
  return http.post("/internal/authz/decisions", json(question(nobody, "people:person:view"))).status;
}

std::string token_from(const std::string& url, const std::string& secret) {
  http_client http{url, patience};
  auto answer = http.post(
      "/api/security/auth/token",
      json({{"grantType", "client_credentials"}, {"clientId", "demo.pos"}, {"clientSecret", secret}}));
  REQUIRE_MESSAGE(answer.status == 200, answer.body);
  return text_at(answer, "/accessToken");
}

std::int64_t alerts(company_server& server, const std::string& type) {
  return number_of(server.db(), "SELECT count(*) FROM messaging.alert WHERE type = '" + type + "'");
}

std::map<std::string, std::string> quick_keys() {
  return {{"MUSTERD_AUTH_SIGNING_KEY_ANNOUNCE_SECONDS", announce_seconds}};
}

/// Another node of the same company, with its own folder for signing keys.
struct second_node {
  std::string folder = std::filesystem::temp_directory_path() / "musterd-node-XXXXXX";
  std::unique_ptr<test_server> program;

  explicit second_node(company_server& first) {
    REQUIRE(::mkdtemp(folder.data()) != nullptr);
    auto settings = quick_keys();
    settings["MUSTERD_DATABASE_URL"] = first.database().url();
    settings["MUSTERD_AMQP_URL"] = "";
    settings["MUSTERD_AUTH_PASSWORD_MEMORY_KIB"] = "64";
    settings["MUSTERD_AUTH_PASSWORD_PASSES"] = "1";
    settings["MUSTERD_AUDIT_CHAIN_KEY_FILE"] = folder_of(first) + "/audit.key";
    program = std::make_unique<test_server>(folder, settings);
    program->start();
    program->wait_until_ready(patience);
  }
  ~second_node() {
    program->stop();
    std::filesystem::remove_all(folder);
  }
};

/// Makes the key this many days older.
void age_key(company_server& server, int days) {
  auto path = key_file(server);
  auto keys = boost::json::parse(text_of(path));
  auto& made_at = keys.at("keys").at(0).at("iat");
  made_at = made_at.to_number<std::int64_t>() - days * 86'400;
  std::ofstream{path} << boost::json::serialize(keys);
}

}  // namespace

TEST_CASE("Security: a rotation refuses no token, on nodes that share a database but no file") {
  company_server first{quick_keys()};
  second_node second{first};
  const std::vector<std::string> nodes{first.url(), second.program->url()};
  auto secret = first.password_of("demo.pos");
  auto old_token = token_from(nodes[0], secret), elsewhere = token_from(nodes[1], secret);
  auto accepted_everywhere = [&](const std::string& token) {
    return status_with(nodes[0], token) == 200 && status_with(nodes[1], token) == 200;
  };
  CHECK(accepted_everywhere(old_token));
  CHECK(accepted_everywhere(elsewhere));
  CHECK(kid_of(old_token) != kid_of(elsewhere));

  auto announced = first.process().run("keys rotate");
  auto next = announced.substr(0, announced.find('\n'));
  std::string token;
  auto begun = becomes_true(
      patience,
      [&] {
        std::vector<std::set<std::string>> known;
        for (const auto& node : nodes)
          known.push_back(published_by(node));
        token = token_from(nodes[0], secret);
        for (const auto& keys : known)
          CHECK_MESSAGE(keys.contains(kid_of(token)), "a key signs that was not published before");
        CHECK(accepted_everywhere(token));
        CHECK(accepted_everywhere(old_token));
        return kid_of(token) == next;
      },
      std::chrono::milliseconds{200});
  CHECK(begun);
  CHECK(accepted_everywhere(old_token));
  CHECK(accepted_everywhere(elsewhere));
  CHECK(becomes_true(patience,
                     [&] { return text_of(key_file(first)).find(kid_of(old_token)) == std::string::npos; }));
  CHECK(text_of(key_file(first)).find(next) != std::string::npos);
  auto listed = first.process().run("keys list");
  CHECK(listed.find(next + "  ES256  SIGNING") != std::string::npos);
  CHECK(listed.find(kid_of(old_token) + "  ES256  VERIFYING") != std::string::npos);
  CHECK(soon_logged(first, {"signing_key_begun", next}).size() == 1);
  auto figures = first.client().get("/metrics").body;
  CHECK(figures.find("\nsigning_keys_published 3") != std::string::npos);
  CHECK(figures.find("\nsigning_key_age_seconds ") != std::string::npos);

  // No longer renewed, the key goes once the last token it can have signed has expired.
  auto lasts =
      "SELECT extract(epoch FROM verifies_until - now())::bigint FROM security.signing_key WHERE kid = '" +
      kid_of(old_token) + "'";
  auto until = claims_of(old_token).at("exp").to_number<std::int64_t>();
  CHECK(number_of(first.db(), lasts) +
            std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())
                .time_since_epoch()
                .count() >=
        until);
  pqxx::nontransaction{first.db()}.exec(
      "UPDATE security.signing_key SET verifies_until = now() WHERE kid = '" + kid_of(old_token) + "'");
  CHECK(becomes_true(patience, [&] {
    return !published_by(nodes[0]).contains(kid_of(old_token)) &&
           !published_by(nodes[1]).contains(kid_of(old_token));
  }));
  CHECK(accepted_everywhere(token));
}

TEST_CASE("Security: a signing key that is old enough is replaced by itself; who dies over it goes on") {
  company_server server{quick_keys()};
  auto secret = server.password_of("demo.pos");
  auto before = token_from(server.url(), secret);
  server.process().stop();
  age_key(server, 91);
  for (std::string moment : {"before-announce", "after-announce"}) {
    server.process().set("MUSTERD_TESTING_CRASH_AT", "signing_keys:" + moment);
    server.process().start();
    CHECK_MESSAGE(becomes_true(patience, [&] { return !server.process().running(); }), moment);
  }
  server.process().set("MUSTERD_TESTING_CRASH_AT", "");
  server.process().start();
  server.process().wait_until_ready(patience);
  CHECK(status_with(server.url(), before) == 200);
  CHECK(becomes_true(patience, [&] { return kid_of(token_from(server.url(), secret)) != kid_of(before); }));
  CHECK(status_with(server.url(), before) == 200);
  CHECK(number_of(server.db(), "SELECT count(*) FROM security.signing_key") == 2);
}

TEST_CASE(
    "Security: a damaged key file ends the start; later on the keys are kept, and operators hear of it") {
  company_server server{quick_keys()};
  auto secret = server.password_of("demo.pos");
  auto before = token_from(server.url(), secret);
  auto good = text_of(key_file(server));
  auto gauge = [&](const std::string& value) {
    return becomes_true(patience, [&] {
      return server.client().get("/metrics").body.find("\nsigning_key_trouble " + value) != std::string::npos;
    });
  };
  std::ofstream{key_file(server)} << good.substr(0, 20);
  CHECK(gauge("1"));
  CHECK(becomes_true(patience, [&] { return alerts(server, "SIGNING_KEYS_UNUSABLE") == 1; }));
  CHECK(status_with(server.url(), before) == 200);
  auto token = token_from(server.url(), secret);
  CHECK(kid_of(token) == kid_of(before));
  CHECK_THROWS(server.process().run("keys rotate"));
  std::ofstream{key_file(server)} << good;
  CHECK(gauge("0"));
  CHECK(alerts(server, "SIGNING_KEYS_UNUSABLE") == 1);

  server.process().stop();
  std::ofstream{key_file(server)} << good.substr(0, 20);
  server.process().start();
  CHECK(becomes_true(patience, [&] { return !server.process().running(); }));
  CHECK(end_of_file(server.process().log()).find(key_file(server) + " is damaged") != std::string::npos);
  std::ofstream{key_file(server)} << good;
  std::filesystem::permissions(key_file(server), std::filesystem::perms::group_read,
                               std::filesystem::perm_options::add);
  server.process().start();
  CHECK(becomes_true(patience, [&] { return !server.process().running(); }));
  CHECK(end_of_file(server.process().log()).find("must be readable by its owner only") != std::string::npos);
}

TEST_CASE("Security: who can write to the database cannot make a key of theirs ours") {
  company_server server{quick_keys()}, theirs;
  auto ours = token_from(server.url(), server.password_of("demo.pos"));
  auto key = boost::json::parse(text_of(key_file(theirs))).at("keys").at(0).as_object();
  auto kid = std::string{key.at("kid").as_string()};
  auto header = header_of(ours);
  header["kid"] = kid;
  auto forged = signed_with_file(key_file(theirs), header, claims_of(ours));
  key.erase("d");
  pqxx::nontransaction tx{server.db()};
  // With the seal of one of our keys.
  tx.exec("INSERT INTO security.signing_key (kid, jwk, seal, verifies_until) SELECT " + tx.quote(kid) + ", " +
          tx.quote(boost::json::serialize(key)) + ", seal, verifies_until FROM security.signing_key");
  CHECK(becomes_true(patience, [&] {
    return !tx.exec("SELECT FROM messaging.alert WHERE type = 'SIGNING_KEYS_FORGED'").empty();
  }));
  CHECK_FALSE(published_by(server.url()).contains(kid));
  CHECK(status_with(server.url(), forged) == 401);
  CHECK(status_with(server.url(), ours) == 200);
}

TEST_CASE("Security: forged rows stop neither a rotation nor a restart, however many and whatever they say") {
  company_server server{quick_keys()};
  auto before = published_by(server.url());
  pqxx::nontransaction{server.db()}.exec("INSERT INTO security.signing_key (kid, jwk, seal, announced_at, "
                                         "verifies_until) SELECT '!' || i, 'jwk', "
                                         "'seal', '-infinity', 'infinity' FROM generate_series(1, 300) i");
  CHECK(becomes_true(patience, [&] {
    return number_of(server.db(),
                     "SELECT count(*) FROM messaging.alert WHERE type = 'SIGNING_KEYS_FORGED'") == 1;
  }));
  server.restart();
  CHECK(server.sign_in("demo.owner", server.password_of("demo.owner")).status == 200);
  server.process().run("keys rotate");
  CHECK(becomes_true(patience, [&] {
    auto now = published_by(server.url());
    return std::ranges::any_of(now, [&](const auto& kid) { return !before.contains(kid); });
  }));
}

}  // namespace musterd::testing
