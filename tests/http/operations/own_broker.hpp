#pragma once

#include <string>

namespace musterd::testing {

/// A virtual host of the run's broker that nobody else uses: servers of one run share the queues of theirs.
class own_broker {
 public:
  own_broker();
  ~own_broker();
  own_broker(const own_broker&) = delete;
  own_broker& operator=(const own_broker&) = delete;

  const std::string& url() const { return url_; }

 private:
  std::string name_, url_;
};

/// One for tests whose servers follow one another: making one takes seconds. What the last server left in a
/// queue the next one takes.
const own_broker& quiet_broker();

}  // namespace musterd::testing
