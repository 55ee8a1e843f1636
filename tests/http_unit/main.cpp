#define DOCTEST_CONFIG_IMPLEMENT
#include "tests/http_unit/transport/loopback.hpp"

#include <doctest/doctest.h>

#include <csignal>

/// Runs everything, then the tests of connections once more over TLS.
int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);       // as the program does
  musterd::testing::test_authority();  // made first, so that it is destroyed last
  doctest::Context plain{argc, argv};
  auto failed = plain.run();
  if (plain.shouldExit())
    return failed;
  musterd::testing::over_tls = true;
  doctest::Context inside_tls{argc, argv};
  inside_tls.addFilter("source-file",
                       "*answer_test.cpp,*connection_test.cpp,*limits_test.cpp,*refusal_test.cpp");
  return inside_tls.run() | failed;
}
