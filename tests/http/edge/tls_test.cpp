#include "tests/http/edge/raw_socket.hpp"
#include "tests/http/servers/server_log.hpp"
#include "tests/support/network/certificates.hpp"

#include <fmt/format.h>

#include <csignal>
#include <filesystem>
#include <fstream>

/// Issue 10, point 11: TLS at the listener.
namespace musterd::testing {
namespace {

std::map<std::string, std::string> showing(const tls_files& files,
                                           std::map<std::string, std::string> more = {}) {
  more["MUSTERD_HTTP_TLS_CERTIFICATE_FILE"] = files.certificate;
  more["MUSTERD_HTTP_TLS_KEY_FILE"] = files.key;
  return more;
}

/// The certificate shown to a new connection, in DER; empty if no handshake succeeds with `version` at most.
std::string shown_at(std::uint16_t port, int version = TLS1_3_VERSION) {
  openssl_owned<SSL_CTX> context{SSL_CTX_new(TLS_client_method())};
  SSL_CTX_set_security_level(context.get(), 0);
  SSL_CTX_set_min_proto_version(context.get(), 0);
  SSL_CTX_set_max_proto_version(context.get(), version);
  openssl_owned<BIO> socket{BIO_new_connect(fmt::format("127.0.0.1:{}", port).c_str())};
  REQUIRE(BIO_do_connect(socket.get()) == 1);
  openssl_owned<SSL> ssl{SSL_new(context.get())};
  auto* wire = socket.release();
  SSL_set_bio(ssl.get(), wire, wire);
  if (SSL_connect(ssl.get()) != 1)
    return {};
  openssl_owned<X509> shown{SSL_get1_peer_certificate(ssl.get())};
  std::string der(static_cast<std::size_t>(i2d_X509(shown.get(), nullptr)), '\0');
  auto* at = reinterpret_cast<unsigned char*>(der.data());
  i2d_X509(shown.get(), &at);
  return der;
}

/// What the program says when it refuses to start with these settings.
std::string refusal_of(const std::map<std::string, std::string>& settings) {
  auto all = settings;
  all.insert({{"MUSTERD_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nowhere"}, {"MUSTERD_AMQP_URL", ""}});
  test_server program{test_authority().folder(), all};
  try {
    program.run("serve");
    return "it served";
  } catch (const std::runtime_error& e) {
    return e.what();
  }
}

double days_left(company_server& at) {
  return metric(at.client().get("/metrics").body, "tls_certificate_days_left");
}

}  // namespace

TEST_CASE("Security: tls: what the listener shows is taken anew when its files change; connections go on") {
  constexpr auto day = std::chrono::seconds{86'400};
  auto files = test_authority().issue({.ends = 30 * day});
  company_server server{showing(files)};
  auto ann = server.new_mechanic();
  CHECK(ann->clock_in().status == 201);
  CHECK(!shown_at(server.process().port(), TLS1_2_VERSION).empty());
  CHECK(shown_at(server.process().port(), TLS1_1_VERSION).empty());
  auto left = days_left(server);
  CHECK(left > 29.9);
  CHECK(left < 30.1);

  auto before = shown_at(server.process().port());
  replace(files, test_authority().issue({.ends = 90 * day}));
  REQUIRE(becomes_true(patience, [&] { return shown_at(server.process().port()) != before; }));
  CHECK(ann->start_break().status == 201);
  CHECK(!ann->http.has_reconnected());
  CHECK(days_left(server) > 89.9);
  auto samples = server.client().get("/metrics").body;
  CHECK(metric(samples, R"(tls_handshakes_total{outcome="done"})") > 3);
  CHECK(metric(samples, R"(tls_handshakes_total{outcome="failed"})") == 1);
  CHECK(metric(samples, "tls_certificate_refused") == 0);
}

TEST_CASE("Security: tls: a pair that cannot be used leaves the one before, and operators are told once") {
  auto files = test_authority().issue();
  company_server server{showing(files)};
  auto before = shown_at(server.process().port());
  auto refused = [&] { return metric(server.client().get("/metrics").body, "tls_certificate_refused"); };
  auto alerts = [&] {
    return number_of(
        server.db(),
        "SELECT count(*) FROM messaging.alert WHERE type = 'TLS_CERTIFICATE_REFUSED' AND severity = "
        "'WARNING' AND message LIKE '%has expired at%'");
  };
  replace(files,
          test_authority().issue({.begins = std::chrono::seconds{-100}, .ends = std::chrono::seconds{-10}}));
  REQUIRE(becomes_true(patience, [&] { return alerts() == 1; }));
  CHECK(refused() == 1);
  CHECK(shown_at(server.process().port()) == before);
  auto lines = soon_logged(server, {"certificate_refused", files.certificate, "has expired at"});
  REQUIRE(lines.size() == 1);
  CHECK(text_at(lines.front(), "/level") == "ERROR");

  replace(files, test_authority().issue());
  REQUIRE(becomes_true(patience, [&] { return refused() == 0; }));
  CHECK(shown_at(server.process().port()) != before);
  CHECK(alerts() == 1);
  CHECK(logged(server, {"certificate_refused"}).size() == 1);
}

TEST_CASE(
    "Security: tls: a certificate down the chain that has expired is warned of, and the server serves") {
  auto files = test_authority().issue();
  std::ifstream expired{
      test_authority().issue({.name = "old", .ends = std::chrono::seconds{-10}}).certificate};
  std::ofstream{files.certificate, std::ios::app} << expired.rdbuf();
  company_server server{showing(files)};
  CHECK(server.client().get("/health/live").status == 200);
  REQUIRE(becomes_true(patience, [&] { return !logged(server, {"chain_not_valid"}).empty(); }));
  auto line = logged(server, {"chain_not_valid"}).front();
  CHECK(text_at(line, "/level") == "WARN");
  CHECK(text_at(line, "/text").starts_with(files.certificate + ": CN=old has expired at 20"));
}

TEST_CASE("Security: tls: who sends changes of keys without end is closed, and counted") {
  company_server server{showing(test_authority().issue())};
  auto floods = [&] { return metric(server.client().get("/metrics").body, "tls_floods_total"); };
  CHECK(floods() == 0);
  std::signal(SIGPIPE, SIG_IGN);  // the server closes while we write
  openssl_owned<SSL_CTX> context{SSL_CTX_new(TLS_client_method())};
  openssl_owned<BIO> socket{BIO_new_connect(fmt::format("127.0.0.1:{}", server.process().port()).c_str())};
  REQUIRE(BIO_do_connect(socket.get()) == 1);
  openssl_owned<SSL> ssl{SSL_new(context.get())};
  auto* wire = socket.release();
  SSL_set_bio(ssl.get(), wire, wire);
  REQUIRE(SSL_connect(ssl.get()) == 1);
  for (int i = 0; i < 1000; ++i) {
    SSL_key_update(ssl.get(), SSL_KEY_UPDATE_NOT_REQUESTED);
    if (SSL_do_handshake(ssl.get()) != 1)
      break;
  }
  CHECK(becomes_true(patience, [&] { return floods() == 1; }));
}

TEST_CASE("Security: tls: a start with a pair that cannot be used ends, and says which file and why") {
  auto good = test_authority().issue();
  auto expired =
      test_authority().issue({.begins = std::chrono::seconds{-100}, .ends = std::chrono::seconds{-10}});
  auto said = [](const tls_files& files) { return refusal_of(showing(files)); };
  CHECK(said(expired).find("musterd: http.tls: " + expired.certificate + " has expired at 20") !=
        std::string::npos);
  CHECK(said({good.certificate, expired.key})
            .find(expired.key + " does not belong to the certificate in " + good.certificate) !=
        std::string::npos);
  CHECK(said({"/nowhere.pem", good.key}).find("/nowhere.pem cannot be read: No such file") !=
        std::string::npos);
  CHECK(refusal_of({{"MUSTERD_HTTP_TLS_KEY_FILE", good.key}}).find("are needed together") !=
        std::string::npos);
  CHECK(refusal_of({{"MUSTERD_OPS_TLS", "true"}}).find("ops.tls needs") != std::string::npos);
}

TEST_CASE("Security: tls: silent connections of an address end, and do not keep its colleagues out") {
  company_server server{showing(test_authority().issue(), {{"MUSTERD_HTTP_MAX_CONNECTIONS_PER_ADDRESS", "8"},
                                                           {"MUSTERD_HTTP_REQUEST_TIMEOUT_MS", "2000"}})};
  std::vector<std::unique_ptr<raw_socket>> silent;
  for (int i = 0; i < 20; ++i)
    silent.push_back(std::make_unique<raw_socket>(server.process().port()));
  CHECK(server.client().get("/health/live").status == 200);
  for (auto& one : silent)
    CHECK(one->receive("never").empty());
  CHECK(server.client().get("/health/live").status == 200);
}

TEST_CASE("Security: tls: the operators' listener is plain, unless it is said otherwise") {
  auto files = test_authority().issue();
  for (bool tls : {false, true}) {
    auto port = free_port();
    company_server server{showing(
        files, {{"MUSTERD_OPS_PORT", std::to_string(port)}, {"MUSTERD_OPS_TLS", tls ? "true" : "false"}})};
    auto answers = [&](const char* scheme) {
      http_client ops{fmt::format("{}://127.0.0.1:{}", scheme, port), patience};
      auto answer = ops.try_send("GET", "/metrics");
      return answer && answer->status == 200;
    };
    CHECK(answers("http") == !tls);
    CHECK(answers("https") == tls);
  }
}

TEST_CASE("Security: headers: HSTS by TLS, and pages of the named origins only may read answers") {
  constexpr auto shop = "https://shop.example";
  company_server server{showing(test_authority().issue(), {{"MUSTERD_HTTP_CORS_ORIGINS", shop}})};
  auto ann = server.new_mechanic();
  auto answer = ann->http.send("GET", "/api/people/me/timecard", {{{"Origin", shop}}, {}});
  CHECK(answer.header("strict-transport-security") == "max-age=31536000");
  CHECK(answer.header("cache-control") == "no-store");
  CHECK(answer.header("referrer-policy") == "no-referrer");
  CHECK(answer.header("access-control-allow-origin") == shop);
  CHECK(answer.header("vary") == "Origin");
  auto preflight = server.client().send("OPTIONS", "/api/people/me/clock-in",
                                        {{{"Origin", shop}, {"Access-Control-Request-Method", "POST"}}, {}});
  CHECK(preflight.status == 204);
  CHECK(preflight.header("access-control-allow-methods") == "OPTIONS, POST");
  auto other = ann->http.send("GET", "/api/people/me/timecard", {{{"Origin", "https://other.example"}}, {}});
  CHECK(other.header("access-control-allow-origin") == "");
  CHECK(refusal_of({{"MUSTERD_HTTP_CORS_ORIGINS", "*"}}).find("http.cors_origins: * is no origin") !=
        std::string::npos);
}

TEST_CASE("Security: amqps: events go to the broker by TLS, to a broker whose certificate we trust only") {
  auto trusted = needed_environment("MUSTERD_SERVICES_DIR") + "/tls/ca.pem";
  company_server server{{{"MUSTERD_AMQP_URL", needed_environment("MUSTERD_AMQPS_URL")},
                         {"MUSTERD_MESSAGING_TLS_CA_FILE", trusted}}};
  auto ann = server.new_mechanic();
  ann->clock_in();
  auto figure = [&](company_server& of, const char* name) {
    return metric(of.client().get("/metrics").body, name);
  };
  CHECK(becomes_true(patience, [&] { return figure(server, "outbox_confirmed_total") > 0; }));
  CHECK(figure(server, "broker_up") == 1);

  company_server distrustful{{{"MUSTERD_AMQP_URL", needed_environment("MUSTERD_AMQPS_URL")},
                              {"MUSTERD_MESSAGING_TLS_CA_FILE", test_authority().file()}}};
  CHECK(becomes_true(patience,
                     [&] { return !logged(distrustful, {"certificate in certificate chain"}).empty(); }));
  CHECK(figure(distrustful, "broker_up") == 0);
}

}  // namespace musterd::testing
