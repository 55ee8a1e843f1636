#include "tests/support/network/distant_database.hpp"

#include "tests/support/process.hpp"

#include <fmt/format.h>

namespace musterd::testing {
namespace {

/// "postgresql://user:password@host:port/database", split after the host.
struct tcp_url {
  std::string up_to_host, port;

  tcp_url() {
    auto url = needed_environment("MUSTERD_DATABASE_URL_TCP");
    auto colon = url.rfind(':'), slash = url.rfind('/');
    up_to_host = url.substr(0, colon);
    port = url.substr(colon + 1, slash - colon - 1);
  }
};

}  // namespace

distant_database::distant_database() : proxy{"127.0.0.1", std::stoi(tcp_url{}.port)} {}

std::string distant_database::url_of(const std::string& database) const {
  return fmt::format("{}:{}/{}", tcp_url{}.up_to_host, proxy.port(), database);
}

}  // namespace musterd::testing
