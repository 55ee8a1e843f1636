#include "tests/crash/stage.hpp"

#include "tests/support/mechanics.hpp"

#include <csignal>

namespace musterd::crash {

stage& stage::instance() {
  static stage only;
  return only;
}

stage::stage()
    : musterd{servers.folder(),
              {{"MUSTERD_DATABASE_URL", servers.database_url()},
               {"MUSTERD_MIGRATION_DATABASE_URL", servers.owner_url()},
               {"MUSTERD_AMQP_URL", servers.amqp_url()},
               // People stay signed in until the last of their commands has been repeated.
               {"MUSTERD_AUTH_ACCESS_TOKEN_SECONDS", "7200"}}},
      events{servers.amqp_url(), "people.events", "crash_test"} {
  musterd.run("migrate");
  password_ = testing::seeded_password(musterd.run("seed"), "demo.mechanic");
  musterd.start();
  musterd.wait_until_ready();
}

std::vector<person_on_clock> stage::new_people(int count) {
  pqxx::connection db{servers.owner_url()};
  testing::http_client client{musterd.url(), std::chrono::seconds{10}};
  std::vector<person_on_clock> people;
  for (const auto& one : testing::add_mechanics(db, count))
    people.push_back({one.person_id, testing::log_in(client, one.username, password_)});
  return people;
}

void stage::restore() {
  servers.run("start");
  musterd.signal(SIGCONT);
  if (!musterd.running())
    musterd.start();
  musterd.wait_until_ready();
}

}  // namespace musterd::crash
