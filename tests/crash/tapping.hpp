#pragma once

#include "tests/support/http_client.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

/// People at the time clock, tapping as fast as they get answers, whatever happens to the server.
namespace musterd::crash {

/// A command answered with success, and what must follow from it.
struct acknowledged {
  std::string key;  // also its correlation id
  std::string path;
  std::string body;
  int status = 0;
  std::string answer;
  /// Integration events in order: "BreakAutoEnded", "ClockedOut".
  std::vector<std::string> events;
};

struct person_on_clock {
  std::string person_id;
  std::string token;
};

/// What one person did, and what their records must say now.
struct history {
  std::string person_id;
  std::string token;
  std::vector<acknowledged> commands;
  std::vector<std::string> sessions, breaks;
  bool clocked_in = false, on_break = false;
  /// Answers that must never occur.
  std::vector<std::string> wrong;
};

/// One person on one connection, who retries a command with the same key until the answer is definite.
class tapper {
 public:
  tapper(std::string url, const person_on_clock& who, std::string tag, unsigned seed);

  void run(const std::stop_token& stop);
  std::uint64_t answered() const { return answered_; }
  /// Requests whose outcome stayed unknown.
  std::uint64_t unknown() const { return unknown_; }
  /// Valid once `run` has returned.
  const history& done() const { return done_; }

 private:
  struct tap {
    std::string path, body;
    int success;
    std::vector<std::string> events;
  };
  tap next();
  std::optional<testing::http_answer> insist(const tap& what, const std::string& key);
  void take(const tap& what, const std::string& key, const testing::http_answer& answer);
  bool odds(int percent) { return static_cast<int>(random_() % 100) < percent; }

  testing::http_client client_;
  std::string tag_;
  std::mt19937 random_;
  history done_;
  std::atomic<std::uint64_t> answered_ = 0, unknown_ = 0;
};

/// Tappers on a thread each, until `finish`.
class crowd {
 public:
  crowd(const std::string& url, const std::vector<person_on_clock>& people, const std::string& tag);

  std::uint64_t answered() const;
  std::uint64_t unknown() const;
  /// Waits until `commands` more are answered, with at least one for everybody.
  bool progresses(std::uint64_t commands, std::chrono::milliseconds limit = std::chrono::seconds{60});
  /// Waits until everybody has been left without an answer once more.
  bool all_left_waiting(std::chrono::milliseconds limit);
  /// Everybody finishes their current command. False if somebody could not within the limit.
  bool finish(std::chrono::milliseconds limit = std::chrono::seconds{60});
  std::vector<history> histories() const;

 private:
  std::vector<std::unique_ptr<tapper>> tappers_;
  std::atomic<std::size_t> running_ = 0;
  std::vector<std::jthread> threads_;
};

}  // namespace musterd::crash
