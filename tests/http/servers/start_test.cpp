#include "tests/http/servers/server_log.hpp"

/// What a server does before it serves.
namespace musterd::testing {

TEST_CASE("start: a server that waits for a lock says whose it is, and comes up once it is free") {
  company_server server;
  server.process().stop();
  pqxx::connection other{server.database().owner_url()};
  std::optional<pqxx::work> holding{std::in_place, other};
  holding->exec("LOCK TABLE migration.applied");
  server.process().start();
  CHECK(becomes_true(patience, [&] {
    return !logged(server,
                   {R"("event":"waiting_for_lock")", "session " + std::to_string(other.backendpid()) + ' '})
                .empty();
  }));
  CHECK(server.process().running());
  holding.reset();
  server.process().wait_until_ready(patience);
}

}  // namespace musterd::testing
