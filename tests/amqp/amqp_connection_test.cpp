#include "tests/amqp/world.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace musterd;
using namespace musterd::testing;

TEST_CASE("amqp connection: says in the broker's words why it is refused") {
  amqp_options options;
  options.url = "nonsense";
  CHECK_THROWS_AS(amqp_connection{options}, amqp_error);
  options.url = "amqp://guest:guest@127.0.0.1:1/";
  CHECK_THROWS_AS(amqp_connection{options}, amqp_connection_lost);
  auto url = world::broker_url();
  auto at = url.find('@');
  options.url = "amqp://nobody:wrong" + url.substr(at);
  CHECK_THROWS_WITH_AS(amqp_connection{options}, doctest::Contains("ACCESS_REFUSED"), amqp_connection_lost);
}

TEST_CASE(
    "amqp connection: a refused declaration names its reason, and a missing exchange can be asked for") {
  world w;
  amqp_options options;
  options.url = world::broker_url();
  amqp_connection broker{options};
  CHECK(broker.broker_version() >= 300);
  broker.open_channel(1);
  CHECK(broker.has_exchange(1, w.exchange()));
  CHECK_FALSE(broker.has_exchange(1, w.exchange() + ".missing"));
  CHECK(broker.has_exchange(1, w.exchange()));
  CHECK_THROWS_WITH_AS(broker.declare_exchange(1, w.exchange(), "direct"), doctest::Contains("inequivalent"),
                       amqp_refused);
}

TEST_CASE("amqp connection: an unroutable mandatory message comes back before its confirm") {
  world w;
  amqp_options options;
  options.url = world::broker_url();
  amqp_connection broker{options};
  broker.open_channel(1);
  broker.enable_confirms(1);
  amqp_publication message;
  auto nowhere = w.exchange() + ".no.such.queue";
  message.routing_key = nowhere;
  message.body = "{}";
  message.message_id = "this one";
  message.mandatory = true;
  broker.publish(1, message);
  auto returned = broker.wait(10s);
  REQUIRE(std::holds_alternative<amqp_returned>(returned));
  CHECK(std::get<amqp_returned>(returned).text == "NO_ROUTE");
  CHECK(std::get<amqp_returned>(returned).message_id == "this one");
  auto confirm = broker.wait(10s);
  REQUIRE(std::holds_alternative<amqp_confirm>(confirm));
  CHECK(std::get<amqp_confirm>(confirm).accepted);
}

TEST_CASE("amqp connection: a cut wakes a thread that waits") {
  amqp_options options;
  options.url = world::broker_url();
  std::stop_source cut;
  options.cut = cut.get_token();
  amqp_connection broker{options};
  std::jthread cutter{[&] { cut.request_stop(); }};
  CHECK_THROWS_AS(for (;;) broker.wait(20s), amqp_connection_lost);
}

TEST_CASE("amqp connection: a broker that accepts and says nothing is given up, and sooner when cut") {
  auto listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  REQUIRE(::bind(listener, generic, size) == 0);
  REQUIRE(::listen(listener, 8) == 0);
  REQUIRE(::getsockname(listener, generic, &size) == 0);
  amqp_options options;
  options.url = "amqp://a:b@127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/x";
  options.connect_timeout = 200ms;
  CHECK_THROWS_AS(amqp_connection{options}, amqp_connection_lost);

  options.connect_timeout = 1h;
  std::stop_source cut;
  options.cut = cut.get_token();
  std::jthread cutter{[&] { cut.request_stop(); }};
  CHECK_THROWS_AS(amqp_connection{options}, amqp_connection_lost);
  ::close(listener);
}
