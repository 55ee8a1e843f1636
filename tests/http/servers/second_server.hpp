#pragma once

#include "common/text/uuid.hpp"
#include "tests/http/time/desk.hpp"

#include <filesystem>

namespace musterd::testing {

/// Another server on the first one's database.
struct second_server {
  std::string folder =
      (std::filesystem::temp_directory_path() / ("musterd-second-" + to_string(uuid::generate()))).string();
  test_server process;

  explicit second_server(company_server& first)
      : process{folder,
                {{"MUSTERD_DATABASE_URL", first.database().url()},
                 {"MUSTERD_AMQP_URL", ""},
                 {"MUSTERD_AUTH_PASSWORD_MEMORY_KIB", "64"},
                 {"MUSTERD_AUTH_PASSWORD_PASSES", "1"}}} {
    std::filesystem::create_directory(folder);
    process.start();
    process.wait_until_ready(patience);
  }
  ~second_server() {
    process.stop();
    std::filesystem::remove_all(folder);
  }

  http_client client() const { return http_client{process.url(), patience}; }
  http_answer sign_in(const std::string& username, const std::string& password) {
    return client().post("/api/security/auth/token",
                         json({{"username", username}, {"password", password}, {"tenant", "demo"}}));
  }
  /// A client that is signed in here.
  std::unique_ptr<http_client> signed_in(const std::string& username, const std::string& password) {
    auto result = std::make_unique<http_client>(process.url(), patience);
    result->use_token(text_at(sign_in(username, password), "/accessToken"));
    return result;
  }
};

}  // namespace musterd::testing
