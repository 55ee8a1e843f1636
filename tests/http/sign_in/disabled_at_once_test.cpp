#include "tests/http/instrumented.hpp"
#include "tests/http/time/desk.hpp"

#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <thread>

/// S90-F6, the primary guarantee: after the answer to *disable* no request of that user succeeds, however
/// many are in flight.
namespace musterd::testing {
namespace {

using clock = std::chrono::steady_clock;

/// A user under fire: what the clients share during one round.
struct target {
  int round;
  std::string username, access;
  std::vector<std::string> refresh;
};

/// Clients that never stop asking, each in its own way, for the round's user.
class crowd {
 public:
  static constexpr int clients = 64, refreshers = 8, signers = 16;

  explicit crowd(company_server& at) : server_{at} {
    for (int i = 0; i < clients; ++i)
      threads_.emplace_back([this, i](const std::stop_token& stop) { run(i, stop); });
  }
  ~crowd() {
    for (auto& t : threads_)
      t.request_stop();
    changed_.notify_all();
  }

  void aim_at(target t) {
    {
      std::lock_guard lock{mutex_};
      target_ = std::make_shared<const target>(std::move(t));
      successes_.clear();
      refused_ = 0;
    }
    changed_.notify_all();
  }
  /// Stops the clients until the next target.
  void pause() {
    std::lock_guard lock{mutex_};
    target_.reset();
  }
  std::size_t successes() const {
    std::lock_guard lock{mutex_};
    return successes_.size();
  }
  /// How many were refused, and how many of the successes had begun after `end`.
  std::pair<int, std::ptrdiff_t> outcome_after(clock::time_point end) const {
    std::lock_guard lock{mutex_};
    return {refused_, std::count_if(successes_.begin(), successes_.end(), [&](auto t) { return t > end; })};
  }

 private:
  /// Each round uses a new address: frequent failures from one would have to wait.
  void run(int number, const std::stop_token& stop) {
    std::unique_ptr<http_client> http;
    std::shared_ptr<const target> aimed;
    std::string refresh;
    while (!stop.stop_requested()) {
      {
        std::unique_lock lock{mutex_};
        if (!changed_.wait(lock, stop, [&] {
              return target_ && (target_ != aimed || !refresh.empty() || number >= refreshers);
            }))
          return;
        if (target_ != aimed) {
          http = std::make_unique<http_client>(server_.url(), patience);
          http->come_from(fmt::format("127.1.{}.{}", target_->round, number + 1));
          refresh = number < refreshers ? target_->refresh[static_cast<std::size_t>(number)] : "";
        }
        aimed = target_;
      }
      auto began = clock::now();
      auto answer = number < refreshers             ? trade(*http, refresh)
                    : number < refreshers + signers ? sign_in(*http, *aimed)
                                                    : look(*http, *aimed);
      if (!answer)
        continue;
      std::lock_guard lock{mutex_};
      if (aimed != target_)
        continue;
      if (answer->status == 200)
        successes_.push_back(began);
      else
        ++refused_;
    }
  }
  static std::optional<http_answer> look(http_client& http, const target& t) {
    http.use_token(t.access);
    return http.try_send("GET", "/api/security/me");
  }
  static std::optional<http_answer> sign_in(http_client& http, const target& t) {
    return http.try_send("POST", "/api/security/auth/token",
                         body({{"username", t.username}, {"password", first_password}}));
  }
  static std::optional<http_answer> trade(http_client& http, std::string& refresh) {
    auto answer = http.try_send("POST", "/api/security/auth/refresh", body({{"refreshToken", refresh}}));
    refresh = answer && answer->status == 200 ? text_at(*answer, "/refreshToken") : "";
    return answer;
  }

  company_server& server_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::shared_ptr<const target> target_;
  std::vector<clock::time_point> successes_;
  int refused_ = 0;
  std::vector<std::jthread> threads_;
};

}  // namespace

TEST_CASE(
    "offboarding: in 200 rounds no request that began after the answer to disable succeeds [S90-R1 S90-F6]") {
  company_server server;
  desk d{server};
  crowd all{server};
  std::ptrdiff_t too_late = 0;
  for (int round = 0; round < rounds(); ++round) {
    auto who = d.user(true);
    target t{round, who.username, {}, {}};
    for (int i = 0; i < crowd::refreshers; ++i) {
      auto signed_in = server.sign_in(who.username, first_password);
      REQUIRE(signed_in.status == 200);
      t.access = text_at(signed_in, "/accessToken");
      t.refresh.push_back(text_at(signed_in, "/refreshToken"));
    }
    all.aim_at(t);
    REQUIRE(becomes_true(patience, [&] { return all.successes() > 32; }, std::chrono::milliseconds{1}));
    auto answer = d.admin->http.post("/api/people/users/" + who.user_id + "/disable", "{}");
    for (int tries = 5; answer.status == 503 && tries > 0; --tries)  // the machine stalled; nothing changed
      answer = d.admin->http.post("/api/people/users/" + who.user_id + "/disable", "{}");
    auto end = clock::now();
    INFO(answer.body);
    REQUIRE(answer.status == 200);
    // Wait until everybody has asked at least once more.
    auto refused_now = all.outcome_after(end).first;
    REQUIRE(becomes_true(
        patience, [&] { return all.outcome_after(end).first > refused_now + 2 * crowd::clients; },
        std::chrono::milliseconds{1}));
    too_late += all.outcome_after(end).second;
    all.pause();
  }
  CHECK(too_late == 0);
}

}  // namespace musterd::testing
