#include "tests/http/time/stage.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

/// The reader of the log (a collector's pipe, a console) hangs.
namespace musterd::testing {
namespace {

/// A pipe in place of the log file, unread until a line is asked for.
class unread_log {
 public:
  explicit unread_log(const std::string& path) {
    std::filesystem::remove(path);
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    pipe_ = ::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    REQUIRE(pipe_ >= 0);
    REQUIRE(::fcntl(pipe_, F_SETPIPE_SZ, 4096) >= 4096);
  }
  ~unread_log() { ::close(pipe_); }
  unread_log(const unread_log&) = delete;
  unread_log& operator=(const unread_log&) = delete;

  bool comes_to(const std::string& text) {
    return becomes_true(patience, [&] {
      char bytes[4096];
      for (ssize_t count = 0; (count = ::read(pipe_, bytes, sizeof bytes)) > 0;)
        seen_.append(bytes, static_cast<std::size_t>(count));
      return seen_.find(text) != std::string::npos;
    });
  }

 private:
  int pipe_ = -1;
  std::string seen_;
};

/// A request whose refusal is a long log line.
std::string much_to_say() {
  boost::json::object wrong{{"breakType", "MEAL"}};
  for (int i = 0; i < 20; ++i)
    wrong[fmt::format("{}-{}", i, std::string(200, 'x'))] = i;
  return boost::json::serialize(wrong);
}

}  // namespace

TEST_CASE("logs: a reader that hangs stops nobody; lines are dropped, counted, and said to be missing") {
  company_server server;
  auto ann = server.new_mechanic();
  REQUIRE(server.process().stop() == 0);
  unread_log log{server.process().log()};
  server.process().start();
  server.process().wait_until_ready(patience);
  auto dropped = [&] { return metric(server.client().get("/metrics").body, "log_lines_dropped_total"); };
  CHECK(dropped() == 0);
  auto refused = much_to_say();
  CHECK(becomes_true(patience, [&] {
    for (int i = 0; i < 200; ++i)
      CHECK(ann->http.post("/api/people/me/breaks/start", refused).status == 400);
    return dropped() > 0;
  }));
  CHECK(ann->clock_in().status == 201);
  CHECK(server.client().get("/health/ready").status == 200);

  SUBCASE("and once it reads again, all goes on") {
    CHECK(log.comes_to("\"event\":\"lines_dropped\""));
    CHECK(ann->start_break("NONSENSE").status == 400);
    CHECK(log.comes_to("start_break of " + ann->user_id + ": VALIDATION_FAILED (breakType)"));
  }
  SUBCASE("nor the end") {
    CHECK(server.process().stop(std::chrono::seconds{14}) == 0);
  }
}

}  // namespace musterd::testing
