#pragma once

#include "tests/http/time/stage.hpp"
#include "tests/support/network/distant_database.hpp"

#include <regex>

namespace musterd::testing {

/// A proxy between a server and the target of a URL.
struct way_to {
  explicit way_to(const std::string& url) : way_to{split(url)} {}

  cut_proxy proxy;
  std::string url;

 private:
  static std::smatch split(const std::string& url) {
    static const std::regex host_and_port{"@([^:/]+):([0-9]+)/"};
    std::smatch found;
    REQUIRE_MESSAGE(std::regex_search(url, found, host_and_port), url);
    return found;
  }
  explicit way_to(const std::smatch& found)
      : proxy{found[1], std::stoi(found[2])},
        url{found.prefix().str() + "@127.0.0.1:" + std::to_string(proxy.port()) + '/' +
            found.suffix().str()} {}
};

/// A server that reaches its database through a proxy.
struct remote_database {
  company_server server;
  distant_database database;

  remote_database() {
    server.process().set("MUSTERD_DATABASE_URL", database.url_of(server.database().name()));
    server.restart();
  }
};

}  // namespace musterd::testing
