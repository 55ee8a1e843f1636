#pragma once

#include "tests/support/network/cut_proxy.hpp"

namespace musterd::testing {

/// The run's PostgreSQL as if across a network: over TCP, through a proxy that tests can cut.
class distant_database {
 public:
  distant_database();

  std::string url_of(const std::string& database) const;

  cut_proxy proxy;
};

}  // namespace musterd::testing
