#include "common/observation/metrics.hpp"
#include "tests/http/time/stage.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <sstream>

#include <unistd.h>

namespace musterd::testing {
namespace {

/// Runs a command of the program; returns its output, with "exit <code>: " before it if it failed.
std::string run_musterd(std::vector<std::string> arguments,
                        std::map<std::string, std::string> environment = {}) {
  arguments.insert(arguments.begin(), needed_environment("MUSTERD_BINARY"));
  auto command = arguments[1];
  try {
    return run_program({std::move(arguments), std::move(environment), {}});
  } catch (const std::runtime_error& e) {
    return std::regex_replace(std::string{e.what()}, std::regex{"^[^ ]* ended with ([0-9]+): "}, "exit $1: ");
  }
}

struct scraped_family {
  std::string type;
  std::set<std::string> labels;
  std::size_t samples = 0;
};

/// Parses Prometheus' text format strictly; anything else in it fails the test.
std::map<std::string, scraped_family> scrape(const std::string& text) {
  static const std::regex comment{R"(# (HELP|TYPE) ([a-z_:][a-z0-9_:]*) (.+))"};
  static const std::regex sample{R"rx(([a-z_:][a-z0-9_:]*)(\{(.*)\})? (-?[0-9.e+-]+|\+Inf|NaN))rx"};
  static const std::regex label{R"rx(([A-Za-z_]+)="((?:[^"\\]|\\.)*)",?)rx"};
  std::map<std::string, scraped_family> families;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    std::smatch m;
    if (std::regex_match(line, m, comment)) {
      if (m[1] == "TYPE")
        families[m[2]].type = m[3];
      continue;
    }
    REQUIRE_MESSAGE(std::regex_match(line, m, sample), line);
    auto name = m[1].str(), labels = m[3].str();
    if (!families.contains(name))
      name = std::regex_replace(name, std::regex{"_(bucket|sum|count)$"}, "");
    REQUIRE_MESSAGE(families.contains(name), line);
    auto& family = families[name];
    ++family.samples;
    for (std::sregex_iterator it{labels.begin(), labels.end(), label}, end; it != end; ++it)
      if ((*it)[1] != "le")
        family.labels.insert((*it)[1]);
  }
  return families;
}

std::string_view kind_name(metric_family::kind kind) {
  switch (kind) {
    case metric_family::kind::counter: return "counter";
    case metric_family::kind::gauge: return "gauge";
    case metric_family::kind::histogram: return "histogram";
  }
  return "";
}

std::string read_file(const std::string& path) {
  std::ifstream in{path};
  return {std::istreambuf_iterator<char>{in}, {}};
}

boost::json::value openapi() {
  return json_of(shared_server().client().get("/openapi.json"));
}

}  // namespace

TEST_CASE("metrics: names, kinds and labels are those of golden_metrics.txt [D-90]") {
  std::string declared;
  for (const auto& f : metric_families())
    declared +=
        fmt::format("{} {}{}\n", kind_name(f.what), f.name,
                    f.labels.empty() ? std::string{} : fmt::format("{{{}}}", fmt::join(f.labels, ",")));
  auto golden =
      read_file(needed_environment("MUSTERD_SOURCE_DIR") + "/tests/http/operations/golden_metrics.txt");
  // Dashboards and alerts depend on them: change the file only together with those.
  CHECK(declared == golden);
}

TEST_CASE("metrics: what the server shows is Prometheus text of the declared families [D-91]") {
  auto& server = shared_server();
  auto before = server.client().get("/metrics").body;
  auto ann = server.new_mechanic();
  ann->clock_in();
  ann->start_break("OTHER");
  ann->start_break("OTHER");
  ann->clock_out();
  auto answer = server.client().get("/metrics");
  REQUIRE(answer.status == 200);
  CHECK(answer.header("content-type").starts_with("text/plain; version=0.0.4"));
  auto families = scrape(answer.body);
  std::map<std::string_view, const metric_family*> declared;
  for (const auto& f : metric_families())
    declared[f.name] = &f;
  for (const auto& [name, seen] : families) {
    CAPTURE(name);
    REQUIRE(declared.contains(name));
    CHECK(seen.type == kind_name(declared[name]->what));
    for (const auto& label : seen.labels)
      CHECK(std::find(declared[name]->labels.begin(), declared[name]->labels.end(), label) !=
            declared[name]->labels.end());
  }
  for (const auto* needed :
       {"http_requests_total", "http_request_duration_seconds", "commands_total", "journal_batch_size",
        "journal_commit_duration_seconds", "outbox_lag_seconds", "outbox_depth", "entity_wakes_total",
        "entity_passivations_total", "inbox_duplicates_total", "dead_letters_total", "http_in_flight",
        "break_started_total", "break_ended_auto_at_clockout_total", "break_duplicate_prevented_total"})
    CHECK_MESSAGE((families.contains(needed) && families[needed].samples > 0), needed);
  // No ids in labels.
  CHECK(answer.body.find(ann->person_id) == std::string::npos);
  CHECK(answer.body.find(ann->user_id) == std::string::npos);
  for (const auto* sample :
       {R"(commands_total{command="start_break",outcome="BREAK_ALREADY_IN_PROGRESS"})",
        R"(http_requests_total{method="POST",route="/api/people/me/breaks/start",status="201"})"})
    CHECK_MESSAGE(metric(answer.body, sample) - metric(before, sample) == 1, sample);
}

TEST_CASE("health: live and ready say what is up") {
  auto http = shared_server().client();
  CHECK(text_at(http.get("/health/live"), "/status") == "UP");
  auto ready = http.get("/health/ready");
  CHECK(ready.status == 200);
  CHECK(text_at(ready, "/checks/0/name") == "database");
  CHECK(becomes_true(patience, [&] { return text_at(http.get("/health/ready"), "/status") == "UP"; }));
}

TEST_CASE("health: without the database the server is not ready, refuses cleanly, and comes back by itself "
          "[D-12]") {
  company_server server;
  auto ann = server.new_mechanic();
  REQUIRE(ann->clock_in().status == 201);
  auto http = server.client();
  server.database().shut();
  CHECK(becomes_true(patience, [&] { return http.get("/health/ready").status == 503; }));
  CHECK(text_at(http.get("/health/ready"), "/status") == "DOWN");
  CHECK(http.get("/health/live").status == 200);
  auto refused = ann->start_break();
  CHECK((refused.status == 503 || refused.status == 504));
  check_error(refused, refused.status, refused.status == 503 ? "UNAVAILABLE" : "TIMEOUT");
  refused = ann->start_break();
  check_error(refused, 503, "UNAVAILABLE");
  CHECK(std::stoi(refused.header("retry-after")) >= 1);

  server.database().reopen();
  CHECK(becomes_true(patience, [&] { return http.get("/health/ready").status == 200; }));
  CHECK(becomes_true(patience, [&] { return ann->start_break().status == 201; }));
  pqxx::connection db{server.database().owner_url()};
  CHECK(number_of(db, fmt::format("SELECT count(*) FROM people.break_record WHERE mechanic_id = '{}'",
                                  ann->person_id)) == 1);
}

TEST_CASE("health: a broker that cannot be reached degrades the server and no more") {
  company_server server{{{"MUSTERD_AMQP_URL", "amqp://nobody:nothing@127.0.0.1:1/"}}};
  auto http = server.client();
  CHECK(becomes_true(patience, [&] { return text_at(http.get("/health/ready"), "/status") == "DEGRADED"; }));
  CHECK(http.get("/health/ready").status == 200);
  auto ann = server.new_mechanic();
  CHECK(ann->clock_in().status == 201);
  CHECK(number_of(server.db(), "SELECT count(*) FROM messaging.outbox") == 1);
  CHECK(becomes_true(patience, [&] { return metric(http.get("/metrics").body, "outbox_depth") == 1; }));
}

TEST_CASE("openapi: lists every route with its access rule, and every permission is granted to some role "
          "[D-1 D-64]") {
  auto document = openapi();
  CHECK(text_at(document, "/openapi") == "3.1.0");
  std::set<std::string> routes;
  for (const auto& [path, methods] : document.at("paths").as_object())
    for (const auto& [method, operation] : methods.as_object()) {
      auto route = fmt::format("{} {}", std::string_view{method}, std::string_view{path});
      CAPTURE(route);
      routes.insert(route);
      auto access = text_at(operation, "/x-access"), permission = text_at(operation, "/x-permission");
      CHECK(text_at(operation, "/summary").size() > 5);
      CHECK(has(operation, "/operationId"));
      CHECK((access == "OPEN") == operation.at("security").as_array().empty());
      CHECK(std::set<std::string>{"OPEN", "SELF", "PERMISSION", "PERMISSION_ON_SELF", "PERMISSION_EVERYWHERE",
                                  "INTERNAL"}
                .contains(access));
      if (access.starts_with("PERMISSION"))
        CHECK(number_of(shared_server().db(),
                        fmt::format("SELECT count(*) FROM security.role WHERE '{}' = ANY (permission_keys)",
                                    permission)) > 0);
      if (path.starts_with("/api/") && !path.starts_with("/api/security/auth/"))
        CHECK(access != "OPEN");
    }
  for (const auto* route : {"post /api/people/me/clock-in",
                            "post /api/people/me/clock-out",
                            "post /api/people/me/breaks/start",
                            "post /api/people/me/breaks/end",
                            "get /api/people/me/timecard",
                            "get /api/people/employees/{employeeId}/timecards",
                            "get /api/people/timecards/{id}",
                            "get /api/people/locations",
                            "get /api/people/locations/{id}/on-the-clock",
                            "post /api/security/auth/token",
                            "post /api/security/auth/refresh",
                            "post /api/security/auth/revoke",
                            "get /api/security/me",
                            "get /.well-known/jwks.json",
                            "get /.well-known/openid-configuration",
                            "get /api/ops/supervision",
                            "get /health/live",
                            "get /health/ready",
                            "get /metrics",
                            "get /openapi.json",
                            "get /docs"})
    CHECK_MESSAGE(routes.contains(route), route);
}

TEST_CASE("openapi: every $ref leads somewhere") {
  auto document = openapi();
  auto text = boost::json::serialize(document);
  static const std::regex reference{R"rx("\$ref":"#([^"]+)")rx"};
  std::size_t count = 0;
  for (std::sregex_iterator it{text.begin(), text.end(), reference}, end; it != end; ++it, ++count)
    CHECK_MESSAGE(has(document, (*it)[1].str()), (*it)[1].str());
  CHECK(count > 20);
}

TEST_CASE("docs: the page and its script are served") {
  auto http = shared_server().client();
  auto page = http.get("/docs");
  CHECK(page.status == 200);
  CHECK(page.header("content-type").starts_with("text/html"));
  CHECK(page.body.find("/openapi.json") != std::string::npos);
  // Its sign-in hands the token to the document's scheme for users.
  CHECK(page.body.find("setApiKey('user'") != std::string::npos);
  CHECK(has(openapi(), "/components/securitySchemes/user"));
  auto script = http.get("/docs/rapidoc-min.js");
  CHECK(script.status == 200);
  CHECK(script.body.size() > 100'000);
}

TEST_CASE("musterd openapi prints what the server serves, without database and broker") {
  auto printed = run_musterd({"openapi"}, {{"MUSTERD_DATABASE_URL", ""}, {"MUSTERD_AMQP_URL", ""}});
  CHECK(boost::json::parse(printed) == openapi());
}

TEST_CASE("musterd config shows what holds and where it comes from, and no secret") {
  auto shown = run_musterd({"config", "--log.level", "warn"},
                           {{"MUSTERD_DATABASE_URL", "postgresql://me:hunter2@nowhere/db"},
                            {"MUSTERD_AMQP_URL", "amqp://me:hunter3@nowhere/"},
                            {"MUSTERD_HTTP_PORT", "12345"}});
  CHECK(shown.find("hunter") == std::string::npos);
  CHECK(shown.find("# database_url = \"***\"  # MUSTERD_DATABASE_URL\n") != std::string::npos);
  CHECK(shown.find("port = 12345  # MUSTERD_HTTP_PORT\n") != std::string::npos);
  CHECK(shown.find("level = \"warn\"  # --log.level\n") != std::string::npos);
  CHECK(shown.find("\nmax_connections = 2000\n") != std::string::npos);
}

TEST_CASE("musterd config: what it prints is a file it reads; flags beat environment beats file") {
  auto folder = std::filesystem::temp_directory_path() / fmt::format("musterd-config-{}", ::getpid());
  std::filesystem::create_directories(folder);
  auto file = (folder / "musterd.toml").string();
  std::ofstream{file} << run_musterd(
      {"config", "--http.threads", "7", "--http.port", "1", "--log.level", "warn"});
  auto shown = run_musterd({"config", "--config", file, "--http.port", "3"},
                           {{"MUSTERD_HTTP_PORT", "2"}, {"MUSTERD_LOG_LEVEL", "error"}});
  CHECK(shown.find("threads = 7") != std::string::npos);
  CHECK(shown.find("port = 3") != std::string::npos);
  CHECK(shown.find("level = \"error\"") != std::string::npos);

  std::ofstream{file} << "colour = \"red\"\ndatabase_url = "
                         "\"postgresql://me:hunter2@nowhere/db\"\n[http]\nprot = 1\nport = \"x\"\n";
  auto refused = run_musterd({"config", "--config", file});
  CHECK(refused.starts_with("exit 2: "));
  for (const auto* named : {"colour", "http.prot", "http.port", "database_url"})
    CHECK_MESSAGE(refused.find(named) != std::string::npos, named);
  CHECK(refused.find("hunter2") == std::string::npos);
  std::filesystem::remove_all(folder);
}

TEST_CASE("musterd refuses what it does not know, by name") {
  CHECK(run_musterd({"config", "--http.prot", "1"}).find("http.prot") != std::string::npos);
  CHECK(run_musterd({"config", "--http.prot", "1"}).starts_with("exit "));
  auto refused = run_musterd({"config"}, {{"MUSTERD_HTTP_PORT", "70000"},
                                          {"MUSTERD_JOURNAL_WRITERS", "none"},
                                          {"MUSTERD_WORKEXEC_MODE", "sometimes"}});
  CHECK(refused.starts_with("exit 2: "));
  CHECK(refused.find("http.port") != std::string::npos);
  CHECK(refused.find("journal.writers") != std::string::npos);
  CHECK(refused.find("workexec.mode must be one of builtin, external, failing") != std::string::npos);
  CHECK(run_musterd({"serve"}, {{"MUSTERD_DATABASE_URL", ""}}).find("MUSTERD_DATABASE_URL") !=
        std::string::npos);
  CHECK(run_musterd({"frobnicate"}).starts_with("exit "));
}

TEST_CASE("musterd reads secrets from files") {
  auto file = std::filesystem::temp_directory_path() / fmt::format("musterd-secret-{}", ::getpid());
  std::ofstream{file} << "postgresql://me:hunter2@nowhere/db\n";
  auto shown =
      run_musterd({"config"}, {{"MUSTERD_DATABASE_URL", ""}, {"MUSTERD_AMQP_URL_FILE", file.string()}});
  CHECK(shown.find("hunter2") == std::string::npos);
  std::filesystem::remove(file);
}

TEST_CASE("musterd version prints the version of the document") {
  CHECK(run_musterd({"version"}) == "musterd " + text_at(openapi(), "/info/version") + "\n");
}

TEST_CASE("logs: JSON lines without secrets [G-LOG-1]") {
  auto& server = shared_server();
  auto ann = server.new_mechanic();
  auto http = server.client();
  http.post("/api/security/auth/token", R"({"username":"demo.hr","password":"not-the-Password-1"})");
  http.post("/api/security/auth/refresh", R"({"refreshToken":")" + ann->tokens.refresh + "\"}");
  ann->end_break();
  auto log = read_file(server.process().log());
  for (const auto& secret : {std::string{"not-the-Password-1"}, ann->tokens.refresh,
                             ann->tokens.access.substr(0, 60), server.password_of("demo.mechanic")})
    CHECK(log.find(secret) == std::string::npos);
  std::istringstream lines{log};
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with('{') || !line.ends_with('}'))
      continue;  // not a line of the log, or one still being written
    auto entry = boost::json::parse(line);
    CHECK(has(entry, "/time"));
    CHECK(has(entry, "/level"));
    CHECK(has(entry, "/component"));
    CHECK(has(entry, "/event"));
  }
}

}  // namespace musterd::testing
