#include "actors/asker.hpp"

#include "common/log.hpp"

#include <caf/send.hpp>

namespace musterd {
namespace {

caf::behavior serve(caf::event_based_actor* self) {
  self->set_error_handler([](caf::scheduled_actor*, caf::error& e) {
    log::warn({"asker", "stray_error"}, "{}", caf::to_string(e));
  });
  return {[self](const local_message<asker_pool::task>& m) { (*m.content)(*self); }};
}

}  // namespace

void asker_pool::asker::run(task t) const {
  caf::anon_send(handle_, local_message<task>{std::move(t)});
}

asker_pool::asker_pool(caf::actor_system& system, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i)
    askers_.emplace_back(handles_.emplace_back(system.spawn(serve)));
}

asker_pool::~asker_pool() {
  for (const auto& handle : handles_)
    caf::anon_send_exit(handle, caf::exit_reason::user_shutdown);
}

}  // namespace musterd
