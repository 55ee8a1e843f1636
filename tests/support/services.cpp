#include "tests/support/services.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace musterd::testing {
namespace {

std::string make_folder() {
  auto path = (std::filesystem::temp_directory_path() / "musterd-services-XXXXXX").string();
  if (::mkdtemp(path.data()) == nullptr)
    throw std::system_error{errno, std::generic_category(), path};
  // As root, the servers run as other users, who must be able to enter.
  ::chmod(path.c_str(), 0711);
  return path;
}

std::string setting(const std::string& file, const std::string& name) {
  std::ifstream in{file};
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(name + "='") && line.ends_with("'"))
      return line.substr(name.size() + 2, line.size() - name.size() - 3);
  throw std::runtime_error{file + " does not say " + name};
}

}  // namespace

/// A process that purges the directory once the write end of a pipe closes, which happens however we end.
class services::guard {
 public:
  guard(const std::string& script, const std::string& folder) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
      throw std::system_error{errno, std::generic_category(), "pipe"};
    pid_ = ::fork();
    if (pid_ < 0)
      throw std::system_error{errno, std::generic_category(), "fork"};
    if (pid_ == 0)
      keep_watch(ends, script.c_str(), folder.c_str());
    ::close(ends[0]);
    pipe_ = ends[1];
  }
  ~guard() {
    ::close(pipe_);
    int status = 0;
    ::waitpid(pid_, &status, 0);
  }

 private:
  [[noreturn]] static void keep_watch(const int (&ends)[2], const char* script, const char* folder) {
    ::setsid();  // out of the process group, which a runner ends as a whole
    ::close(ends[1]);
    char byte = 0;
    while (::read(ends[0], &byte, 1) < 0 && errno == EINTR) {
    }
    ::execl("/bin/sh", "sh", "-c", "\"$0\" purge \"$1/services\"; rm -rf \"$1\"", script, folder, nullptr);
    ::_exit(127);
  }

  pid_t pid_ = -1;
  int pipe_ = -1;
};

services::services()
    : script_{needed_environment("MUSTERD_SOURCE_DIR") + "/scripts/services"}, folder_{make_folder()},
      guard_{std::make_unique<guard>(script_, folder_)} {
  run("start");
  auto file = folder_ + "/services/services.env";
  database_url_ = setting(file, "MUSTERD_DATABASE_URL");
  owner_url_ = setting(file, "MUSTERD_MIGRATION_DATABASE_URL");
  admin_url_ = setting(file, "MUSTERD_DATABASE_ADMIN_URL");
  amqp_url_ = setting(file, "MUSTERD_AMQP_URL");
}

services::~services() = default;

std::string services::run(const std::string& command, std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), {script_, command, folder_ + "/services"});
  return run_program({std::move(arguments), {}, {}});
}

}  // namespace musterd::testing
