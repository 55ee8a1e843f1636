#pragma once

#include "tests/crash/tapping.hpp"
#include "tests/support/event_queue.hpp"
#include "tests/support/services.hpp"
#include "tests/support/test_server.hpp"

#include <memory>
#include <string>
#include <vector>

namespace musterd::crash {

/// The servers to be killed: started once, used by every test, gone at the end.
class stage {
 public:
  static stage& instance();

  testing::services servers;
  testing::test_server musterd;
  testing::event_queue events;

  /// New people, signed in.
  std::vector<person_on_clock> new_people(int count);
  /// Restarts whatever a failed test left stopped.
  void restore();

 private:
  stage();

  std::string password_;
};

}  // namespace musterd::crash
