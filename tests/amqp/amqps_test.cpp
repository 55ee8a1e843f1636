#include "common/time/time.hpp"
#include "tests/amqp/world.hpp"
#include "tests/support/network/certificates.hpp"
#include "tests/support/process.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace musterd;
using namespace musterd::testing;

/// The run's broker speaks TLS as well, with a certificate for localhost and 127.0.0.1 from the run's
/// authority.
namespace {

amqp_options by_tls() {
  amqp_options options;
  options.url = needed_environment("MUSTERD_AMQPS_URL");
  options.tls.ca_file = needed_environment("MUSTERD_SERVICES_DIR") + "/tls/ca.pem";
  return options;
}

amqp_options at_host(const std::string& host) {
  auto options = by_tls();
  options.url.replace(options.url.find("localhost"), 9, host);
  return options;
}

}  // namespace

TEST_CASE("amqps: a broker whose certificate is of our authority and names its host is spoken with") {
  for (const auto* host : {"localhost", "127.0.0.1"}) {
    amqp_connection broker{at_host(host)};
    CHECK(broker.broker_version() >= 300);
    broker.open_channel(1);
    broker.enable_confirms(1);
    amqp_publication message;
    auto body = std::string(100'000, 'x');  // many TLS records
    message.routing_key = "nowhere";
    message.body = body;
    broker.publish(1, message);
    CHECK(std::holds_alternative<amqp_confirm>(broker.wait(10s)));
    broker.close();
  }
}

TEST_CASE("amqps: another authority, another host, or no TLS at all is refused, and it is said why") {
  auto options = by_tls();
  options.tls.ca_file = test_authority().file();
  CHECK_THROWS_WITH_AS(amqp_connection{options}, doctest::Contains("certificate in certificate chain"),
                       amqp_connection_lost);
  options.tls.ca_file.clear();  // the system's authorities
  CHECK_THROWS_WITH_AS(amqp_connection{options}, doctest::Contains("certificate in certificate chain"),
                       amqp_connection_lost);
  // The same address under another name.
  CHECK_THROWS_WITH_AS(amqp_connection{at_host("127.1")}, doctest::Contains("hostname mismatch"),
                       amqp_connection_lost);
  auto plain = by_tls();
  plain.url = "amqps" + world::broker_url().substr(4);
  CHECK_THROWS_AS(amqp_connection{plain}, amqp_connection_lost);
}

TEST_CASE("amqps: files that cannot be used are named") {
  auto options = by_tls();
  options.tls.ca_file = "/nowhere.pem";
  CHECK_THROWS_WITH_AS(amqp_connection{options}, doctest::Contains("messaging.tls.ca_file: /nowhere.pem"),
                       amqp_error);
  options = by_tls();
  options.tls.own.key = test_authority().issue().key;
  CHECK_THROWS_WITH_AS(amqp_connection{options}, doctest::Contains("are needed together"), amqp_error);
  options.tls.own.certificate = test_authority().issue().certificate;
  CHECK_THROWS_WITH_AS(amqp_connection{options}, doctest::Contains("does not belong to"), amqp_error);
}

TEST_CASE("amqps: a broker that asks for a certificate is shown ours") {
  auto options = by_tls();
  // From an authority the broker does not know: so we see that it checks.
  options.tls.own = test_authority().issue();
  CHECK_THROWS_AS(amqp_connection{options}, amqp_connection_lost);
}

TEST_CASE("amqps: a cut wakes a thread that waits, and a broker that says nothing is given up") {
  auto options = by_tls();
  std::stop_source cut;
  options.cut = cut.get_token();
  {
    amqp_connection broker{options};
    std::jthread cutter{[&] { cut.request_stop(); }};
    CHECK_THROWS_AS(for (;;) broker.wait(20s), amqp_connection_lost);
  }
  auto listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  REQUIRE(::bind(listener, generic, size) == 0);
  REQUIRE(::listen(listener, 8) == 0);
  REQUIRE(::getsockname(listener, generic, &size) == 0);
  options = by_tls();
  options.url = "amqps://a:b@127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/x";
  options.connect_timeout = 200ms;
  CHECK_THROWS_AS(amqp_connection{options}, amqp_connection_lost);
  ::close(listener);
}
