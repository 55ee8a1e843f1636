#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace musterd {

struct server_settings;

/// The whole server: everything that `serve` starts, wired together, under one supervision tree.
class server {
 public:
  explicit server(server_settings settings, std::string version);
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Prepares the database, starts the tree and listens. Throws on failure.
  void start();
  std::uint16_t port() const;
  /// Called once, on an actor thread, when the root supervisor has given up.
  void on_failure(std::function<void(std::string)> tell);
  /// Stops accepting, lets requests in flight finish, ends children in order: all within `grace`. Returns who
  /// had to be killed. If anybody, something may still run: end the process without destroying this.
  std::vector<std::string> stop(std::chrono::milliseconds grace);

  struct parts;

 private:
  std::unique_ptr<parts> parts_;
};

/// The OpenAPI document of all routes; needs no database and no broker.
std::string openapi_document(const std::string& version);

}  // namespace musterd
