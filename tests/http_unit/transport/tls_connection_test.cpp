#include "loopback.hpp"

#include <doctest/doctest.h>

#include <sys/socket.h>

#include <thread>

using namespace musterd;
using namespace musterd::testing;
using namespace std::chrono_literals;

namespace {

http_settings tls_settings() {
  auto result = quick_settings();
  result.tls = &loopback_certificate();
  return result;
}

struct tls_try {
  bool done = false;
  std::string protocol, version;
  int alert = 0;
};

/// A handshake as configured by `how`.
tls_try try_handshake(std::uint16_t port, const std::function<void(SSL_CTX&)>& how) {
  openssl_owned<SSL_CTX> context{SSL_CTX_new(TLS_client_method())};
  how(*context);
  openssl_owned<BIO> socket{BIO_new_connect(("127.0.0.1:" + std::to_string(port)).c_str())};
  REQUIRE(BIO_do_connect(socket.get()) == 1);
  openssl_owned<SSL> ssl{SSL_new(context.get())};
  tls_try result;
  SSL_set_ex_data(ssl.get(), 0, &result);
  SSL_set_info_callback(ssl.get(), [](const SSL* s, int where, int what) {
    if (where == SSL_CB_READ_ALERT)
      static_cast<tls_try*>(SSL_get_ex_data(s, 0))->alert = what & 0xff;
  });
  auto* wire = socket.release();
  SSL_set_bio(ssl.get(), wire, wire);
  result.done = SSL_connect(ssl.get()) == 1;
  const unsigned char* chosen = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(ssl.get(), &chosen, &size);
  result.protocol.assign(reinterpret_cast<const char*>(chosen), size);
  result.version = SSL_get_version(ssl.get());
  return result;
}

void offer(SSL_CTX& context, std::string_view protocols) {
  SSL_CTX_set_alpn_protos(&context, reinterpret_cast<const unsigned char*>(protocols.data()),
                          static_cast<unsigned>(protocols.size()));
}

}  // namespace

TEST_CASE("tls: 1.3 and 1.2 are spoken, 1.1 is refused") {
  loopback server{tls_settings()};
  auto at_most = [&](int version) {
    return try_handshake(server.port(), [&](SSL_CTX& c) {
      SSL_CTX_set_security_level(&c, 0);  // or the client would not offer 1.1
      SSL_CTX_set_min_proto_version(&c, 0);
      SSL_CTX_set_max_proto_version(&c, version);
    });
  };
  CHECK(at_most(TLS1_3_VERSION).version == "TLSv1.3");
  CHECK(at_most(TLS1_2_VERSION).version == "TLSv1.2");
  auto old = at_most(TLS1_1_VERSION);
  CHECK(!old.done);
  CHECK(old.alert == SSL_AD_PROTOCOL_VERSION);
}

TEST_CASE("tls: 1.2 has no ciphers without forward secrecy or authentication of each record") {
  loopback server{tls_settings()};
  auto with = [&](const char* ciphers) {
    return try_handshake(server.port(), [&](SSL_CTX& c) {
      SSL_CTX_set_max_proto_version(&c, TLS1_2_VERSION);
      REQUIRE(SSL_CTX_set_cipher_list(&c, ciphers) == 1);
    });
  };
  CHECK(with("ECDHE+AESGCM").done);
  CHECK(with("ECDHE+CHACHA20").done);
  CHECK(!with("ECDHE+AES:!AESGCM:!AESCCM").done);
  CHECK(!with("kRSA").done);
}

TEST_CASE("tls: keys are agreed on over curves that are cheap for us, not over what floods would choose") {
  loopback server{tls_settings()};
  auto over = [&](const std::string& groups) {
    return try_handshake(server.port(),
                         [&](SSL_CTX& c) { REQUIRE(SSL_CTX_set1_groups_list(&c, groups.c_str()) == 1); });
  };
  for (const std::string good : {"X25519", "P-256"})
    CHECK_MESSAGE(over(good).done, good);
  for (const std::string dear : {"ffdhe2048", "ffdhe8192", "P-384", "P-521", "X448"})
    CHECK_MESSAGE(!over(dear).done, dear);
}

TEST_CASE("tls: HTTP/1.1 is what is agreed on, and a client that speaks only others is told so") {
  loopback server{tls_settings()};
  auto offering = [&](std::string_view protocols) {
    return try_handshake(server.port(), [&](SSL_CTX& c) { offer(c, protocols); });
  };
  CHECK(offering("\x02h2\x08http/1.1").protocol == "http/1.1");
  auto only_h2 = offering("\x02h2");
  CHECK(!only_h2.done);
  CHECK(only_h2.alert == SSL_AD_NO_APPLICATION_PROTOCOL);
  CHECK(try_handshake(server.port(), [](SSL_CTX&) {}).done);
}

TEST_CASE("tls: who says nothing, or half of a handshake, is closed at its deadline; others are served") {
  auto settings = tls_settings();
  settings.request_timeout = 500ms;
  loopback server{settings};
  speaking plain{false};
  raw_client silent{server.port()}, half{server.port()};
  half.send(std::string_view{"\x16\x03\x01\x02\x00\x01\x00", 7});
  CHECK(silent.ends());
  CHECK(half.ends());
  CHECK(in_time([&] { return server.observer.handshakes_failed == 2; }));
  speaking tls{true};
  CHECK(raw_client{server.port()}.ask(get("/ping")).status == 200);
  CHECK(server.observer.handshakes_done == 1);
}

TEST_CASE("tls: plain HTTP is no handshake") {
  loopback server{tls_settings()};
  speaking plain{false};
  raw_client client{server.port()};
  CHECK(client.send(get("/ping")).ends());
  CHECK(server.observer.statuses().empty());
}

TEST_CASE("tls: connections that shake hands count for their address, and make way for others of it") {
  auto settings = tls_settings();
  settings.max_connections_per_address = 2;
  loopback server{settings};
  std::optional<raw_client> first, second;
  {
    speaking plain{false};
    first.emplace(server.port());
    REQUIRE(in_time([&] { return server.server->now().connections == 1; }));
    second.emplace(server.port());
    REQUIRE(in_time([&] { return server.server->now().connections == 2; }));
  }
  speaking tls{true};
  raw_client third{server.port()};
  CHECK(third.ask(get("/ping")).status == 200);
  CHECK(first->ends());
  CHECK(server.server->now().connections == 2);
  CHECK(raw_client{server.port(), "127.0.0.2"}.ask(get("/ping")).status == 200);
}

TEST_CASE("tls: beyond all connections a new one is closed without a handshake, and counted") {
  auto settings = tls_settings();
  settings.max_connections = 1;
  loopback server{settings};
  speaking tls{true};
  raw_client first{server.port()};
  CHECK(first.ask(get("/ping")).status == 200);
  raw_client second{server.port()};
  CHECK(second.ends());
  CHECK(server.observer.refused == 1);
  CHECK(server.observer.handshakes_done == 1);
  CHECK(first.ask(get("/ping")).status == 200);
}

TEST_CASE("tls: a new certificate is for new connections, the others go on") {
  auto files = test_authority().issue();
  tls_certificate shown{files, wall_clock_now()};
  auto settings = tls_settings();
  settings.tls = &shown;
  loopback server{settings};
  speaking tls{true};
  raw_client before{server.port()};
  CHECK(before.ask(get("/ping")).status == 200);
  replace(files, test_authority().issue());
  REQUIRE(shown.look_again(wall_clock_now()));
  CHECK(before.ask(get("/ping")).status == 200);
  raw_client after{server.port()};
  CHECK(after.ask(get("/ping")).status == 200);
  CHECK(before.certificate() != after.certificate());
}

TEST_CASE("tls: a server ends in the middle of handshakes") {
  for (int round = 0; round < 20; ++round) {
    loopback server{tls_settings()};
    std::vector<std::jthread> clients;
    for (int i = 0; i < 4; ++i)
      clients.emplace_back([port = server.port()](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
          openssl_owned<BIO> socket{BIO_new_connect(("127.0.0.1:" + std::to_string(port)).c_str())};
          if (BIO_do_connect(socket.get()) != 1)
            return;
          static const openssl_owned<SSL_CTX> context{SSL_CTX_new(TLS_client_method())};
          openssl_owned<SSL> ssl{SSL_new(context.get())};
          auto* wire = socket.release();
          SSL_set_bio(ssl.get(), wire, wire);
          SSL_connect(ssl.get());
        }
      });
    CHECK(in_time([&] { return server.observer.handshakes_done > 0; }));
    server.server->stop(0ms);
    CHECK(server.server->now().connections == 0);
  }
}
