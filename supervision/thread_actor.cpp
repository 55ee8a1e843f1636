#include "supervision/thread_actor.hpp"

#include <caf/send.hpp>

namespace musterd {
namespace {

/// Time to finish the work at hand: a batch, outstanding confirms.
constexpr std::chrono::milliseconds patience{2500};

std::string run_to_end(const thread_actor::run_fn& run, const ending& until) {
  try {
    run(until);
    return "ended by itself";
  } catch (const std::exception& e) {
    return e.what();
  }
}

}  // namespace

thread_actor::thread_actor(caf::actor_config& config, thread_keeper* threads, std::string what, run_fn run)
    : caf::event_based_actor{config}, threads_{threads}, what_{std::move(what)}, run_{std::move(run)} {}

caf::behavior thread_actor::make_behavior() {
  set_exit_handler([this](const caf::exit_msg& exit) { on_exit_wanted(exit.reason); });
  // The thread keeps the actor alive, so that its last message always has a receiver.
  threads_->start([self = caf::actor_cast<caf::actor>(this), run = run_,
                   until = ending{stop_.get_token(), cut_.get_token()}] {
    caf::anon_send(self, local_message<ended>{{run_to_end(run, until)}});
  });
  return {[this](local_message<ended>& m) {
            if (exiting_)
              quit(exit_reason_);
            else
              quit(caf::make_error(caf::sec::runtime_error, what_ + ": " + m.content->fault));
          },
          [this](const local_message<overdue>&) { cut_.request_stop(); }};
}

/// Does not block: `ended` will follow.
void thread_actor::on_exit_wanted(const caf::error& reason) {
  if (std::exchange(exiting_, true))
    return;
  exit_reason_ = reason;
  stop_.request_stop();
  delayed_send(this, patience, local_message<overdue>{overdue{}});
}

}  // namespace musterd
