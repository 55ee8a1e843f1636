#pragma once

#include "tests/support/process.hpp"

#include <memory>
#include <string>
#include <vector>

namespace musterd::testing {

/// A private PostgreSQL and RabbitMQ in a temporary directory (scripts/services), gone with this object or
/// this process, however it ends.
class services {
 public:
  /// Starts both.
  services();
  ~services();
  services(const services&) = delete;
  services& operator=(const services&) = delete;

  /// Runs a command of scripts/services, such as "kill-pg" or "start-amqp"; throws std::runtime_error if it
  /// fails.
  std::string run(const std::string& command, std::vector<std::string> arguments = {}) const;

  const std::string& folder() const { return folder_; }
  /// For the server's role.
  const std::string& database_url() const { return database_url_; }
  const std::string& owner_url() const { return owner_url_; }
  /// For the superuser, to the database `postgres`.
  const std::string& admin_url() const { return admin_url_; }
  const std::string& amqp_url() const { return amqp_url_; }

 private:
  class guard;

  std::string script_, folder_, database_url_, owner_url_, admin_url_, amqp_url_;
  std::unique_ptr<guard> guard_;
};

}  // namespace musterd::testing
