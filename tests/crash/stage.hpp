#pragma once

#include "tests/crash/tapping.hpp"
#include "tests/support/event_queue.hpp"
#include "tests/support/services.hpp"
#include "tests/support/test_server.hpp"

#include <memory>
#include <string>
#include <vector>

namespace musterd::crash {

/// The servers that get killed: made once, used by every test, gone at the end.
class stage {
 public:
  static stage& instance();

  testing::services servers;
  testing::test_server musterd;
  testing::event_queue events;

  /// People nobody used before, signed in.
  std::vector<person_on_clock> new_people(int count);
  /// Whatever a test that failed left stopped is started again.
  void restore();

 private:
  stage();

  std::string password_;
};

}  // namespace musterd::crash
