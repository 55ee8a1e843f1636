#include "tests/support/process.hpp"

#include "tests/support/deadline.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

extern char** environ;

namespace musterd::testing {
namespace {

std::vector<std::string> merged_environment(const std::map<std::string, std::string>& additions) {
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    std::string text{*entry};
    if (!additions.contains(text.substr(0, text.find('='))))
      result.push_back(std::move(text));
  }
  for (const auto& [name, value] : additions)
    result.push_back(name + '=' + value);
  return result;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (auto& text : texts)
    result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

/// In the child between fork and exec: only async-signal-safe calls.
[[noreturn]] void become(char** arguments, char** environment, int output, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent)
    ::_exit(126);
  if (output >= 0) {
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
  ::execvpe(arguments[0], arguments, environment);
  ::_exit(127);
}

}  // namespace

child_process::child_process(const program& what) {
  auto texts = what.arguments;
  auto variables = merged_environment(what.environment);
  auto arguments = pointers(texts);
  auto environment = pointers(variables);
  int output = -1;
  if (!what.log.empty()) {
    output = ::open(what.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (output < 0)
      throw std::system_error{errno, std::generic_category(), what.log};
  }
  auto parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0)
    become(arguments.data(), environment.data(), output, parent);
  auto error = errno;
  if (output >= 0)
    ::close(output);
  if (pid_ < 0)
    throw std::system_error{error, std::generic_category(), "fork"};
}

child_process::~child_process() {
  signal(SIGKILL);
  wait(std::chrono::seconds{10});
}

void child_process::signal(int number) const {
  if (!ended_)
    ::kill(pid_, number);
}

bool child_process::running() {
  return !wait(std::chrono::milliseconds{0});
}

std::optional<int> child_process::wait(std::chrono::milliseconds limit) {
  becomes_true(limit, [&] {
    int status = 0;
    if (!ended_ && ::waitpid(pid_, &status, WNOHANG) == pid_)
      ended_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return ended_.has_value();
  });
  return ended_;
}

std::string run_program(program what, std::chrono::milliseconds limit) {
  std::string path = (std::filesystem::temp_directory_path() / "musterd-output-XXXXXX").string();
  auto file = ::mkstemp(path.data());
  if (file < 0)
    throw std::system_error{errno, std::generic_category(), path};
  ::close(file);
  what.log = path;
  child_process child{what};
  auto code = child.wait(limit);
  std::ifstream in{path};
  std::string output{std::istreambuf_iterator<char>{in}, {}};
  std::filesystem::remove(path);
  if (code != 0)
    throw std::runtime_error{fmt::format("{} {}: {}", what.arguments.front(),
                                         code ? fmt::format("ended with {}", *code) : "took too long",
                                         output)};
  return output;
}

std::string end_of_file(const std::string& path, std::size_t bytes) {
  std::ifstream in{path, std::ios::ate | std::ios::binary};
  if (!in)
    return {};
  auto size = static_cast<std::size_t>(in.tellg());
  in.seekg(static_cast<std::streamoff>(size - std::min(size, bytes)));
  return {std::istreambuf_iterator<char>{in}, {}};
}

std::string needed_environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0')
    throw std::runtime_error{fmt::format("{} is not set: ./test does that", name)};
  return value;
}

}  // namespace musterd::testing
