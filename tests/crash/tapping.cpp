#include "tests/crash/tapping.hpp"

#include "tests/support/deadline.hpp"
#include "tests/support/mechanics.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace musterd::crash {
namespace {

using namespace std::chrono_literals;
using testing::http_answer;

constexpr auto patience = 2s;
/// Between two taps of one person.
constexpr std::chrono::milliseconds longest_pause{20};
/// Limit for a command's answer after the end of the load; all servers are up by then.
constexpr auto last_patience = 40s;

bool is_definite(const std::optional<http_answer>& answer) {
  return answer && answer->status != 503 && answer->status != 504;
}

std::string id_in(const boost::json::value& record) {
  return std::string{record.at("id").as_string()};
}

}  // namespace

tapper::tapper(std::string url, const person_on_clock& who, std::string tag, unsigned seed)
    : client_{std::move(url), patience}, tag_{std::move(tag)}, random_{seed} {
  client_.use_token(who.token);
  done_.person_id = who.person_id;
  done_.token = who.token;
}

void tapper::run(const std::stop_token& stop) {
  for (int n = 0; !stop.stop_requested(); ++n) {
    auto what = next();
    auto key = fmt::format("{}-{}", tag_, n);
    auto answer = insist(what, key);
    if (!answer)
      done_.wrong.push_back(fmt::format("{} {} was never answered", key, what.path));
    else if (answer->status != what.success)
      done_.wrong.push_back(fmt::format("{} {}: {} {}", key, what.path, answer->status, answer->body));
    else
      try {
        take(what, key, *answer);
      } catch (const std::exception& e) {
        done_.wrong.push_back(fmt::format("{} {}: {} in {}", key, what.path, e.what(), answer->body));
      }
    if (!done_.wrong.empty())
      return;
    ++answered_;
    // While a broker starts, thousands more commands would prove nothing more.
    std::this_thread::sleep_for(std::chrono::milliseconds{random_() % longest_pause.count()});
  }
}

tapper::tap tapper::next() {
  if (!done_.clocked_in)
    return {"clock-in", fmt::format(R"({{"locationId":"{}"}})", testing::demo_shop), 201, {"ClockedIn"}};
  if (done_.on_break && odds(70))
    return {"breaks/end", "{}", 200, {"BreakEnded"}};
  if (done_.on_break)
    return {"clock-out", "{}", 200, {"BreakAutoEnded", "ClockedOut"}};
  if (odds(30))
    return {"clock-out", "{}", 200, {"ClockedOut"}};
  return {"breaks/start",
          odds(50) ? R"({"breakType":"MEAL"})" : R"({"breakType":"REST","notes":"tea"})",
          201,
          {"BreakStarted"}};
}

std::optional<http_answer> tapper::insist(const tap& what, const std::string& key) {
  testing::http_message message{{{"Idempotency-Key", key}, {"X-Correlation-Id", key}}, what.body};
  std::optional<http_answer> answer;
  testing::becomes_true(
      last_patience,
      [&] {
        answer = client_.try_send("POST", "/api/people/me/" + what.path, message);
        if (is_definite(answer))
          return true;
        ++unknown_;
        return false;
      },
      std::chrono::milliseconds{10 + random_() % 40});
  return is_definite(answer) ? answer : std::nullopt;
}

void tapper::take(const tap& what, const std::string& key, const http_answer& answer) {
  auto body = boost::json::parse(answer.body);
  if (what.path == "clock-in") {
    done_.sessions.push_back(id_in(body.at("clockSession")));
    done_.clocked_in = true;
  } else if (what.path == "breaks/start") {
    done_.breaks.push_back(id_in(body));
    done_.on_break = true;
  } else if (what.path == "breaks/end") {
    if (id_in(body) != done_.breaks.back())
      done_.wrong.push_back(key + " ended another break: " + answer.body);
    done_.on_break = false;
  } else {
    auto* ended = body.as_object().if_contains("autoEndedBreak");
    auto has_ended = ended != nullptr && !ended->is_null();
    if (id_in(body.at("clockSession")) != done_.sessions.back() || has_ended != done_.on_break ||
        (has_ended && id_in(*ended) != done_.breaks.back()))
      done_.wrong.push_back(key + " ended something else: " + answer.body);
    done_.clocked_in = done_.on_break = false;
  }
  done_.commands.push_back({key, what.path, what.body, answer.status, answer.body, what.events});
}

crowd::crowd(const std::string& url, const std::vector<person_on_clock>& people, const std::string& tag) {
  for (const auto& who : people)
    tappers_.push_back(
        std::make_unique<tapper>(url, who, fmt::format("{}-{}", tag, tappers_.size()),
                                 static_cast<unsigned>(std::hash<std::string>{}(who.person_id))));
  running_ = tappers_.size();
  for (auto& one : tappers_)
    threads_.emplace_back([this, t = one.get()](const std::stop_token& stop) {
      t->run(stop);
      --running_;
    });
}

std::uint64_t crowd::answered() const {
  std::uint64_t sum = 0;
  for (const auto& t : tappers_)
    sum += t->answered();
  return sum;
}

std::uint64_t crowd::unknown() const {
  std::uint64_t sum = 0;
  for (const auto& t : tappers_)
    sum += t->unknown();
  return sum;
}

bool crowd::progresses(std::uint64_t commands, std::chrono::milliseconds limit) {
  std::vector<std::uint64_t> before;
  for (const auto& t : tappers_)
    before.push_back(t->answered());
  auto wanted = answered() + commands;
  return testing::becomes_true(limit, [&] {
    if (running_ < tappers_.size())
      return true;  // a tapper stopped at a wrong answer: the checks say which
    for (std::size_t i = 0; i < tappers_.size(); ++i)
      if (tappers_[i]->answered() == before[i])
        return false;
    return answered() >= wanted;
  });
}

bool crowd::all_left_waiting(std::chrono::milliseconds limit) {
  std::vector<std::uint64_t> before;
  for (const auto& t : tappers_)
    before.push_back(t->unknown());
  return testing::becomes_true(limit, [&] {
    for (std::size_t i = 0; i < tappers_.size(); ++i)
      if (tappers_[i]->unknown() == before[i])
        return false;
    return true;
  });
}

bool crowd::finish(std::chrono::milliseconds limit) {
  for (auto& thread : threads_)
    thread.request_stop();
  return testing::becomes_true(limit, [this] { return running_ == 0; });
}

std::vector<history> crowd::histories() const {
  std::vector<history> all;
  for (const auto& t : tappers_)
    all.push_back(t->done());
  return all;
}

}  // namespace musterd::crash
