#include "tests/support/test_server.hpp"

#include "tests/support/deadline.hpp"
#include "tests/support/http_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <sstream>
#include <stdexcept>
#include <system_error>

namespace musterd::testing {

std::uint16_t free_port() {
  auto fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  auto failed = fd < 0 || ::bind(fd, generic, size) != 0 || ::getsockname(fd, generic, &size) != 0;
  auto error = errno;
  if (fd >= 0)
    ::close(fd);
  if (failed)
    throw std::system_error{error, std::generic_category(), "a free port"};
  return ntohs(address.sin_port);
}

test_server::test_server(std::string folder, std::map<std::string, std::string> settings)
    : port_{free_port()},
      url_{(settings.contains("MUSTERD_HTTP_TLS_CERTIFICATE_FILE") ? "https://127.0.0.1:"
                                                                   : "http://127.0.0.1:") +
           std::to_string(port_)},
      log_{folder + "/musterd.log"}, settings_{std::move(settings)} {
  settings_.emplace("MUSTERD_HTTP_PORT", std::to_string(port_));
  // Tests sign in with the passwords they gave a user, without a change first.
  settings_.emplace("MUSTERD_AUTH_CHANGE_GIVEN_PASSWORDS", "false");
  settings_.emplace("MUSTERD_AUTH_SIGNING_KEY_FILE", folder + "/signing.json");
  settings_.emplace("MUSTERD_AUTH_SECOND_FACTOR_KEY_FILE", folder + "/second_factor.key");
  settings_.emplace("MUSTERD_AUDIT_CHAIN_KEY_FILE", folder + "/audit.key");
  settings_.emplace("MUSTERD_AUDIT_ANCHOR_FILE", folder + "/audit.anchors");
  settings_.emplace("MUSTERD_AUDIT_EXPORT_DIR", folder + "/exports");
}

program test_server::command(const std::string& name) const {
  program result{{needed_environment("MUSTERD_BINARY")}, settings_, {}};
  std::istringstream words{name};
  for (std::string word; words >> word;)
    result.arguments.push_back(word);
  return result;
}

std::string test_server::run(const std::string& name) const {
  return run_program(command(name));
}

void test_server::start() {
  auto what = command("serve");
  for (const auto* not_for_servers : {"MUSTERD_MIGRATION_DATABASE_URL", "MUSTERD_DATABASE_ADMIN_URL"})
    what.environment[not_for_servers] = "";
  what.environment.emplace("MUSTERD_DATABASE_POWERFUL_ROLE", "refuse");
  what.log = log_;
  process_ = std::make_unique<child_process>(what);
}

void test_server::wait_until_ready(std::chrono::milliseconds limit) {
  http_client client{url_, std::chrono::seconds{2}};
  auto ready = becomes_true(limit, [&] {
    if (!running())
      throw std::runtime_error{"musterd ended; the end of its log: " + end_of_file(log_)};
    auto answer = client.try_send("GET", "/health/ready");
    return answer && answer->status == 200;
  });
  if (!ready)
    throw std::runtime_error{"musterd does not become ready; the end of its log: " + end_of_file(log_)};
}

std::optional<int> test_server::stop(std::chrono::milliseconds limit) {
  if (!process_)
    return std::nullopt;
  process_->signal(SIGTERM);
  auto code = process_->wait(limit);
  process_.reset();
  return code;
}

void test_server::kill() {
  process_.reset();
}

void test_server::signal(int number) const {
  if (process_)
    process_->signal(number);
}

bool test_server::running() {
  return process_ && process_->running();
}

}  // namespace musterd::testing
