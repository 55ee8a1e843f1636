#include "messaging/handlers/job_timer_stopper.hpp"

#include "tests/amqp/world.hpp"
#include "tests/support/network/cut_proxy.hpp"

#include <fmt/format.h>

#include <condition_variable>

using namespace musterd;
using namespace musterd::testing;

namespace {

/// An in-memory work execution: once `expected` commands wait, answers them in order on its own thread.
/// Remembers what it was asked.
class work_execution {
 public:
  job_timer_stopper::stop_fn entrance() {
    return [this](const request_context& ctx, const stop_job_timers& c, job_timer_stopper::done_fn done) {
      std::scoped_lock lock{mutex_};
      asked_.push_back(c);
      last_context_ = ctx;
      waiting_.push_back(std::move(done));
      most_waiting_ = std::max(most_waiting_, waiting_.size());
      changed_.notify_all();
    };
  }
  std::vector<stop_job_timers> asked() {
    std::scoped_lock lock{mutex_};
    return asked_;
  }
  request_context last_context() {
    std::scoped_lock lock{mutex_};
    return last_context_;
  }
  std::size_t most_waiting() {
    std::scoped_lock lock{mutex_};
    return most_waiting_;
  }
  std::function<std::optional<fault>()> says = [] { return std::nullopt; };
  void be_patient_for(std::size_t expected) {
    std::scoped_lock lock{mutex_};
    patience_for_ = expected;
    changed_.notify_all();
  }

 private:
  void answer(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      std::vector<job_timer_stopper::done_fn> ready;
      {
        std::unique_lock lock{mutex_};
        if (!changed_.wait(lock, stop, [&] { return waiting_.size() >= patience_for_; }))
          return;
        ready.swap(waiting_);
      }
      for (const auto& done : ready)
        done(says());
    }
  }

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::size_t patience_for_ = 1;
  std::vector<stop_job_timers> asked_;
  request_context last_context_;
  std::vector<job_timer_stopper::done_fn> waiting_;
  std::size_t most_waiting_ = 0;
  std::jthread thread_{[this](const std::stop_token& stop) { answer(stop); }};
};

struct stop_world {
  world w;
  work_execution floor;
  job_timer_stopper handler{floor.entrance()};

  outgoing_event command(uuid person, std::int64_t attempt = 1) const {
    stop_job_timers c{uuid::generate(), uuid::generate(), {person},
                      wall_clock_now(), "USER_DISABLED",  attempt};
    return message(person, to_json(c));
  }
  outgoing_event message(uuid person, std::string payload) const {
    request_context ctx;
    ctx.tenant = w.tenant;
    ctx.now = wall_clock_now();
    ctx.correlation_id = "offboarding";
    event_route route{stop_job_timers_route.event_type, w.exchange(), "test.stop"};
    return make_event(ctx, route, event_uuid::generate(), person, std::move(payload));
  }
};

}  // namespace

TEST_CASE("job timer stopper: a command reaches the technician's record as the system's, once") {
  stop_world s;
  running<consumer> consumer{s.w.consuming(), s.w.spec(), s.handler, s.w.stats};
  auto person = uuid::generate();
  auto command = s.command(person);
  s.w.publish(command);
  s.w.publish(command);
  s.w.publish(s.w.event(1, person));  // not for us: passed over
  REQUIRE(eventually([&] { return s.w.stats.consumed == 2 && s.w.stats.duplicates == 1; }));
  auto asked = s.floor.asked();
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].person_id.value == person);
  CHECK(asked[0].reason == "USER_DISABLED");
  auto ctx = s.floor.last_context();
  CHECK(ctx.tenant == s.w.tenant);
  CHECK(ctx.kind == principal_kind::system);
  CHECK(ctx.actor == system_principal);
  CHECK(ctx.correlation_id == "offboarding");
}

TEST_CASE("job timer stopper: 200 commands are asked for at once; those of one person in their order") {
  stop_world s;
  auto spec = s.w.spec();
  auto twice = uuid::generate();
  s.w.publish(s.command(twice, 1));
  for (int i = 0; i < 199; ++i)
    s.w.publish(s.command(uuid::generate()));
  s.w.publish(s.command(twice, 2));
  REQUIRE(eventually([&] { return s.w.depth(spec.queue) == 201; }));
  running<consumer> consumer{s.w.consuming(), spec, s.handler, s.w.stats};
  REQUIRE(eventually([&] { return s.w.stats.consumed == 201; }));
  auto asked = s.floor.asked();
  REQUIRE(asked.size() == 201);
  CHECK(asked.front().person_id.value == twice);
  CHECK(asked.back().person_id.value == twice);
  CHECK(asked.back().attempt == 2);
  CHECK(s.w.stats.retried == 0);
}

TEST_CASE("job timer stopper: none waits for the one before, all are waited for") {
  stop_world s;
  auto spec = s.w.spec();
  constexpr std::size_t count = 100;
  s.floor.be_patient_for(count + 1);  // nobody is answered for now
  for (std::size_t i = 0; i < count; ++i)
    s.w.publish(s.command(uuid::generate()));
  REQUIRE(eventually([&] { return s.w.depth(spec.queue) == count; }));
  running<consumer> consumer{s.w.consuming(), spec, s.handler, s.w.stats};
  REQUIRE(eventually([&] { return s.floor.most_waiting() > 1; }));
  s.floor.be_patient_for(1);
  REQUIRE(eventually([&] { return s.w.stats.consumed == count; }));
  CHECK(s.w.stats.retried == 0);
}

TEST_CASE("job timer stopper: while a record is waited for, no transaction is open") {
  stop_world s;
  auto spec = s.w.spec();
  s.floor.be_patient_for(2);  // nobody is answered for now
  running<consumer> consumer{s.w.consuming(), spec, s.handler, s.w.stats};
  auto state = [&] {
    return s.w.text("SELECT state FROM pg_stat_activity WHERE datname = current_database() AND"
                    " application_name LIKE 'musterd consumer%'");
  };
  s.w.publish(s.command(uuid::generate()));
  REQUIRE(eventually([&] { return s.floor.asked().size() == 1; }));
  CHECK(state() == "idle");
  CHECK(s.w.number("SELECT count(*) FROM messaging.inbox") == 0);
  // Alone, too: the first of two is refused, and then each is requested separately.
  s.floor.says = [] { return std::optional{unavailable("not now")}; };
  s.floor.be_patient_for(1);
  REQUIRE(eventually([&] { return s.w.stats.retried > 0; }));
  s.floor.says = [] { return std::nullopt; };
  REQUIRE(eventually([&] { return s.w.stats.consumed == 1; }));
  CHECK(s.w.number("SELECT count(*) FROM messaging.inbox") == 1);
}

TEST_CASE("job timer stopper: what cannot be done now is tried again, and its batch is not lost") {
  stop_world s;
  std::atomic<int> answers{0};
  s.floor.says = [&]() -> std::optional<fault> {
    return ++answers % 3 == 0 ? std::optional{unavailable("not now")} : std::nullopt;
  };
  auto spec = s.w.spec(std::vector<std::chrono::milliseconds>(8, 10ms));
  std::set<uuid> people;
  for (int i = 0; i < 20; ++i) {
    auto person = uuid::generate();
    people.insert(person);
    s.w.publish(s.command(person));
  }
  running<consumer> consumer{s.w.consuming(), spec, s.handler, s.w.stats};
  REQUIRE(eventually([&] { return s.w.stats.consumed == 20; }));
  CHECK(s.w.stats.retried > 0);
  std::set<uuid> reached;
  for (const auto& c : s.floor.asked())
    reached.insert(c.person_id.value);
  CHECK(reached == people);
  CHECK(s.w.number("SELECT count(*) FROM messaging.dead_letter") == 0);
}

TEST_CASE(
    "job timer stopper: a malformed command goes to the dead letters and says why; the sound ones go on") {
  stop_world s;
  auto spec = s.w.spec();
  s.w.publish(s.message(uuid::generate(), R"({"personId":"nobody","stopAt":"soon"})"));
  for (int i = 0; i < 5; ++i)
    s.w.publish(s.command(uuid::generate()));
  REQUIRE(eventually([&] { return s.w.depth(spec.queue) == 6; }));
  running<consumer> consumer{s.w.consuming(), spec, s.handler, s.w.stats};
  REQUIRE(eventually([&] {
    return s.w.stats.consumed == 5 && s.w.number("SELECT count(*) FROM messaging.dead_letter") == 1;
  }));
  auto error = s.w.text("SELECT reason || ' ' || error FROM messaging.dead_letter");
  CAPTURE(error);
  CHECK(error.find("REFUSED") == 0);
  CHECK(error.find("personId must be a UUID.") != std::string::npos);
  CHECK(error.find("caseId is required.") != std::string::npos);
  CHECK(s.floor.asked().size() == 5);  // none of them twice
}

TEST_CASE("job timer stopper: a dead command does not stand in the way of the next attempt") {
  CHECK_FALSE(job_timer_stopper::spec().ordered);
  stop_world s;
  auto spec = s.w.spec();
  spec.ordered = false;
  auto person = uuid::generate();
  std::atomic<bool> refuses{true};
  s.floor.says = [&]() -> std::optional<fault> {
    return refuses ? std::optional{unavailable("not now")} : std::nullopt;
  };
  running<consumer> consumer{s.w.consuming(), spec, s.handler, s.w.stats};
  s.w.publish(s.command(person, 1));
  REQUIRE(eventually([&] { return s.w.number("SELECT count(*) FROM messaging.dead_letter") == 1; }));
  refuses = false;
  s.w.publish(s.command(person, 2));
  REQUIRE(eventually([&] { return s.w.stats.consumed == 1; }));
  CHECK(s.floor.asked().back().attempt == 2);
}

TEST_CASE(
    "job timer stopper: cut off between the record's commit and the acknowledgement, it asks once more") {
  stop_world s;
  auto url = world::broker_url();
  auto host_at = url.find('@') + 1, colon = url.find(':', host_at), path_at = url.find('/', host_at);
  cut_proxy proxy{"127.0.0.1", colon == std::string::npos ? 5672 : std::stoi(url.substr(colon + 1))};
  std::atomic<bool> armed{true};
  // The record has committed; before the inbox does, database and broker are lost.
  s.floor.says = [&]() -> std::optional<fault> {
    if (armed.exchange(false)) {
      proxy.cut();
      pqxx::connection db{s.w.database_url()};
      pqxx::nontransaction{db}.exec(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND "
          "application_name LIKE 'musterd consumer%'");
    }
    return std::nullopt;
  };
  auto options = s.w.consuming();
  options.broker.url = fmt::format("{}127.0.0.1:{}{}", url.substr(0, host_at), proxy.port(),
                                   path_at == std::string::npos ? "" : url.substr(path_at));
  auto spec = s.w.spec();
  s.w.publish(s.command(uuid::generate()));
  running<consumer> consumer{options, spec, s.handler, s.w.stats};
  REQUIRE(eventually([&] { return s.w.stats.consumer_reconnects > 0; }));
  proxy.mend();
  REQUIRE(eventually([&] { return s.w.stats.consumed == 1; }));
  CHECK(s.floor.asked().size() == 2);
  CHECK(s.w.stats.retried == 0);
  CHECK(s.w.number("SELECT count(*) FROM messaging.inbox") == 1);
}
