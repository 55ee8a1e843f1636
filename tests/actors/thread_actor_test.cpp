#include "supervision/thread_actor.hpp"

#include <caf/all.hpp>

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <latch>

using namespace musterd;
using namespace std::chrono_literals;

namespace {

/// Real threads: these tests are about who ends whom.
struct threads {
  caf::actor_system_config config;
  caf::actor_system system{config};
  thread_keeper keeper;

  caf::actor start(thread_actor::run_fn run) {
    return system.spawn<thread_actor>(&keeper, "something", std::move(run));
  }
  /// The actor's exit reason.
  caf::error end_of(const caf::actor& actor) {
    caf::scoped_actor self{system};
    caf::error reason;
    self->monitor(actor);
    self->receive([&](const caf::down_msg& down) { reason = down.reason; }, caf::after(30s) >> [] {});
    return reason;
  }
};

/// A socket pair; reading either end waits for ever.
struct silent_socket {
  int ends[2];
  silent_socket() { REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0); }
  ~silent_socket() {
    ::close(ends[0]);
    ::close(ends[1]);
  }
};

}  // namespace

TEST_CASE("thread actor: whoever waits for a socket when it is told to end is cut, and ends well") {
  threads t;
  silent_socket socket;
  auto actor = t.start([&](const ending& until) {
    interruption interruptible{socket.ends[0], "a test", until.cut};
    char byte;
    while (!until.stop.stop_requested() && ::read(socket.ends[0], &byte, 1) > 0) {
    }
  });
  caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
  CHECK((t.end_of(actor) == caf::exit_reason::user_shutdown));
  CHECK(t.keeper.wait_until(std::chrono::steady_clock::now() + 30s));
}

TEST_CASE("thread actor: killed before its thread has ended, it takes nothing from it and waits for nobody") {
  threads t;
  std::latch killed{1}, running{1};
  auto alive = std::make_shared<int>(7);
  auto seen = 0;
  auto actor = t.start([&, alive](const ending&) {
    running.count_down();
    killed.wait();
    seen = *alive;
  });
  running.wait();
  caf::anon_send_exit(actor, caf::exit_reason::kill);
  CHECK((t.end_of(actor) == caf::exit_reason::kill));
  actor = nullptr;
  CHECK_FALSE(t.keeper.wait_until(std::chrono::steady_clock::now()));
  killed.count_down();
  CHECK(t.keeper.wait_until(std::chrono::steady_clock::now() + 30s));
  CHECK(seen == 7);
}

TEST_CASE("thread actor: a thread that fails or ends by itself is a failure that says why") {
  threads t;
  auto failing = t.start([](const ending&) { throw std::runtime_error{"no folder"}; });
  CHECK(caf::to_string(t.end_of(failing)).find("something: no folder") != std::string::npos);
  auto ending_early = t.start([](const ending&) {});
  CHECK(caf::to_string(t.end_of(ending_early)).find("ended by itself") != std::string::npos);
}
