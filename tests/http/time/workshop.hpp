#pragma once

#include <boost/json.hpp>

#include <atomic>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace musterd::testing {

class broker_link;

/// Another team's work execution: takes StopJobTimers over AMQP and answers by event, as told. Make it before
/// the server, or it misses what is sent first.
class workshop {
 public:
  enum class mood { stops, refuses, silent };

  explicit workshop(std::string amqp_url);

  void be(mood how) { mood_ = how; }
  /// Payloads of the commands for a case, in order.
  std::vector<boost::json::object> asked(const std::string& case_id) const;
  /// Answers once more, or late.
  void answer(const boost::json::object& command, bool stopped);

 private:
  struct outgoing {
    boost::json::object command;
    bool stopped;
  };
  void run(const std::stop_token& stop);
  void listen(const broker_link& broker);
  void take(std::string_view body);

  std::string url_;
  std::atomic<mood> mood_ = mood::stops;
  mutable std::mutex mutex_;
  std::vector<boost::json::object> asked_;
  std::vector<outgoing> to_say_;
  std::atomic<bool> listening_ = false;
  std::jthread thread_;
};

}  // namespace musterd::testing
