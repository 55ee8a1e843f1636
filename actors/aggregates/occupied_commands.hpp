#pragma once

#include "common/text/uuid.hpp"

#include <chrono>
#include <map>
#include <vector>

namespace musterd {

/// Commands of offboarding cases that must not be started now: in flight, resting after a failure, or set
/// aside as unreadable. Each of these expires, so that a command without an answer is resumed.
class occupied_commands {
 public:
  using clock = std::chrono::steady_clock;
  /// Far longer than any answer takes.
  static constexpr std::chrono::seconds answered_within{60};
  /// After a command that could not even be forwarded.
  static constexpr std::chrono::seconds rest{1};
  /// After an unreadable one; somebody may repair it.
  static constexpr std::chrono::seconds until_mended{60};

  void begin(const uuid& command, clock::time_point now) { all_[command] = {true, now + answered_within}; }
  void leave_alone(const uuid& command, clock::time_point now) { all_[command] = {false, now + rest}; }
  void set_aside(const uuid& command, clock::time_point now) { all_[command] = {false, now + until_mended}; }
  void done(const uuid& command) { all_.erase(command); }

  std::size_t size() const { return all_.size(); }

  struct figures {
    std::vector<uuid> commands;
    std::size_t under_way = 0;
  };
  figures at(clock::time_point now) {
    std::erase_if(all_, [now](const auto& c) { return c.second.until <= now; });
    figures result;
    for (const auto& [command, how] : all_) {
      result.commands.push_back(command);
      result.under_way += how.under_way;
    }
    return result;
  }

 private:
  struct occupation {
    bool under_way = false;
    clock::time_point until;
  };
  std::map<uuid, occupation> all_;
};

}  // namespace musterd
