#pragma once

#include <string>

namespace musterd::testing {

/// A private virtual host of the run's broker: servers on the same one share its queues.
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

/// For servers that run one after another, as making one takes seconds. A server takes over what the last
/// left in the queues.
const own_broker& quiet_broker();

}  // namespace musterd::testing
