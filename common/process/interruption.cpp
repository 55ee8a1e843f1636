#include "common/process/interruption.hpp"

#include "common/observation/log.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace musterd {

using clock = std::chrono::steady_clock;

/// Watches all awaited answers on one thread, so that awaiting one costs only two stores.
class answer_watch {
 public:
  static answer_watch& of_process() {
    static answer_watch only;
    return only;
  }

  void add(interruption& one) {
    std::lock_guard lock{mutex_};
    all_.push_back(&one);
    changed_.notify_one();
  }
  /// Waits for a check in progress.
  void remove(interruption& one) {
    std::lock_guard lock{mutex_};
    std::erase(all_, &one);
  }

 private:
  static constexpr std::chrono::milliseconds between_looks{100};

  void watch(const std::stop_token& stop) {
    std::unique_lock lock{mutex_};
    while (!stop.stop_requested()) {
      changed_.wait(lock, stop, [this] { return !all_.empty(); });
      auto given_up = look_after_all();
      lock.unlock();  // database calls must not wait for the log
      for (const auto& whose : given_up)
        log::warn({"database", "answer_overdue"}, "{} is given up: its server says nothing", whose);
      lock.lock();
      changed_.wait_for(lock, stop, between_looks, [] { return false; });
    }
  }

  /// Returns the owners of the answers given up.
  std::vector<std::string> look_after_all() {
    std::vector<std::string> given_up;
    for (auto* one : all_) {
      auto due = one->answer_by_.load();
      if (clock::now().time_since_epoch() < due ||
          !one->answer_by_.compare_exchange_strong(due, interruption::never))
        continue;
      one->socket_.off();
      given_up.push_back(one->whose_);
    }
    return given_up;
  }

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<interruption*> all_;
  std::jthread thread_{[this](const std::stop_token& stop) { watch(stop); }};
};

void sleep_until(const std::stop_token& stop, clock::time_point when) {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock{mutex};
  changed.wait_until(lock, stop, when, [] { return false; });
}

interruption::interruption(int socket, std::string whose, const std::stop_token& cut)
    : socket_{socket}, whose_{std::move(whose)} {
  answer_watch::of_process().add(*this);
  if (cut.stop_possible())
    on_cut_.emplace(cut, turn_off{&socket_});
}

interruption::~interruption() {
  answer_watch::of_process().remove(*this);
}

interruption::limit::limit(interruption& on, std::chrono::milliseconds time)
    : on_{on}, outer_{on.answer_by_.exchange((clock::now() + time).time_since_epoch())} {}

interruption::limit::~limit() {
  on_.answer_by_ = outer_;
}

}  // namespace musterd
