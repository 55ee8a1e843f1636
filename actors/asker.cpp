#include "actors/asker.hpp"

#include <caf/send.hpp>

namespace musterd {
namespace {

caf::behavior serve(caf::event_based_actor* self) {
  self->set_error_handler([](caf::scheduled_actor*, caf::error& e) {
    log::warn({"asker", "stray_error"}, "{}", caf::to_string(e));
  });
  return {[self](const local_message<asker_pool::task>& m) { call_safely([&] { (*m.content)(*self); }); }};
}

}  // namespace

asker_pool::asker::asker(caf::actor_system& system) {
  staff(system, desk_);
}

void asker_pool::asker::staff(caf::actor_system& system, const std::shared_ptr<desk>& at) {
  at->who.set(system.spawn([&system, at](caf::event_based_actor* self) {
    self->attach_functor([&system, at](const caf::error& why) {
      if (at->closed)
        return;
      log::error({"asker", "replaced"}, "{}", caf::to_string(why));
      staff(system, at);
    });
    return serve(self);
  }));
}

void asker_pool::asker::run(task t) const {
  caf::anon_send(desk_->who.get(), local_message<task>{std::move(t)});
}

void asker_pool::asker::close() {
  desk_->closed = true;
  caf::anon_send_exit(desk_->who.get(), caf::exit_reason::user_shutdown);
  desk_->who.set({});
}

asker_pool::asker_pool(caf::actor_system& system, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i)
    askers_.emplace_back(system);
}

asker_pool::~asker_pool() {
  for (auto& asker : askers_)
    asker.close();
}

}  // namespace musterd
