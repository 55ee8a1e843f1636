#include "server/stop_request.hpp"

#include "common/observation/log.hpp"
#include "common/observation/log_output.hpp"

#include <pthread.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

namespace musterd {
namespace {

constexpr std::chrono::milliseconds usual_grace{10'000};
/// After the root supervisor gave up: only to answer what can be answered.
constexpr std::chrono::milliseconds grace_after_failure{1'000};
/// Beyond the grace, to report who is left.
constexpr std::chrono::milliseconds time_to_tell{1'000};

constexpr int overdue = 3;

}  // namespace

stop_request& stop_request::of_process() {
  static auto& only = *new stop_request;  // never destroyed: its thread may run until the very end
  return only;
}

stop_request::stop_request() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::thread{[this] { watch(); }}.detach();
}

void stop_request::watch() {
  int signal = 0;
  sigwait(&signals_, &signal);
  if (!started_) {
    log::flush();
    std::_Exit(0);
  }
  asked_.set_value();
  std::this_thread::sleep_for(grace() + time_to_tell);
  log::critical({"server", "end_overdue"}, "something keeps the process from ending; it ends as it is");
  log::flush();
  std::_Exit(overdue);
}

void stop_request::give_up() {
  given_up_ = true;
  ::kill(::getpid(), SIGTERM);
}

std::chrono::milliseconds stop_request::grace() const {
  return given_up_ ? grace_after_failure : usual_grace;
}

}  // namespace musterd
