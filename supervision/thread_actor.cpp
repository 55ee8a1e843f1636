#include "supervision/thread_actor.hpp"

#include <caf/send.hpp>

namespace musterd {

thread_actor::thread_actor(caf::actor_config& config, std::string what,
                           std::function<void(std::stop_token)> run)
    : caf::event_based_actor{config}, what_{std::move(what)}, run_{std::move(run)} {}

caf::behavior thread_actor::make_behavior() {
  set_exit_handler([this](const caf::exit_msg& exit) {
    exiting_ = true;
    exit_reason_ = exit.reason;
    thread_.request_stop();  // `ended` follows; the actor does not block here
  });
  // The thread keeps the actor alive, so that its last message always has a receiver.
  thread_ = std::jthread{[self = caf::actor_cast<caf::actor>(this), run = run_](std::stop_token stop) {
    ended last;
    try {
      run(stop);
      last.fault = "ended by itself";
    } catch (const std::exception& e) {
      last.fault = e.what();
    }
    caf::anon_send(self, local_message<ended>{std::move(last)});
  }};
  return {[this](local_message<ended>& m) {
    thread_.join();
    if (exiting_)
      quit(exit_reason_);
    else
      quit(caf::make_error(caf::sec::runtime_error, what_ + ": " + m.content->fault));
  }};
}

}  // namespace musterd
