#pragma once

#include "bench/load/connection.hpp"
#include "bench/load/histogram.hpp"
#include "bench/load/people.hpp"

#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <memory>
#include <unordered_map>

namespace musterd::bench {

/// Results of a run.
struct report {
  histogram latency;
  double seconds = 0;
  /// This process's, during the measurement.
  double client_cpu_seconds = 0;
  std::uint64_t wrong = 0;
  std::string first_wrong;
  /// Open loop: requests that found no free connection or person. Their latency counts from when they were
  /// due.
  std::uint64_t delayed = 0;
  /// Requests that were due and never answered.
  std::uint64_t unanswered = 0;
};

/// Drives the connections: closed loop, or at a constant rate.
class runner {
 public:
  explicit runner(const options& o);
  /// `measuring` is called when the measurement begins (true) and ends (false).
  report run(const std::function<void(bool)>& measuring);

 private:
  using clock = std::chrono::steady_clock;
  struct under_way {
    planned what;
    clock::time_point due;
  };

  void begin();
  void arrivals();
  void dispatch(connection& over, clock::time_point due);
  void on_answer(connection& from, const answer& what);
  void on_failure(connection& from, const std::string& why);
  void next_for(connection& free);
  void note_wrong(std::string why);
  void give_up_later();
  bool over() const;
  bool counts(clock::time_point due, clock::time_point answered) const;
  void finish();

  const options& options_;
  population people_;
  boost::asio::io_context io_{1};
  boost::asio::steady_timer timer_{io_}, last_call_{io_};
  std::vector<std::unique_ptr<connection>> connections_;
  std::unordered_map<const connection*, under_way> under_way_;
  std::vector<connection*> idle_;
  std::deque<clock::time_point> due_;
  std::function<void(bool)> measuring_;
  report report_;
  bool measured_ = false, ended_ = false;
  clock::time_point started_{}, measure_from_{}, end_{}, next_arrival_{};
  double cpu_before_ = 0;
  std::uint64_t answers_ = 0;
  std::size_t in_flight_ = 0;
};

}  // namespace musterd::bench
