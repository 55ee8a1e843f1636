#include "http/routing/shared_worker.hpp"

#include "http/message/client_address.hpp"

namespace musterd {

bool shared_worker::take_place(const std::string& whose, std::size_t most) {
  std::lock_guard lock{mutex_};
  auto& taken = places_[whose];
  if (taken >= most)
    return false;
  ++taken;
  return true;
}

void shared_worker::leave_place(const std::string& whose) {
  std::lock_guard lock{mutex_};
  if (auto found = places_.find(whose); found != places_.end() && --found->second == 0)
    places_.erase(found);
}

outcome<void> shared_worker::submit(const caller& who, std::string_view client_address,
                                    std::function<void()> work) {
  bool is_stranger = who.actor.is_nil();
  auto whose = is_stranger ? counted_network(client_address) : to_string(who.actor);
  if (!take_place(whose, who.kind == principal_kind::service ? most_of_a_service : most_of_one))
    return fault{fault_kind::too_many_requests,
                 "TOO_MANY_REQUESTS",
                 "Too many large requests of yours are under way.",
                 {},
                 {},
                 1};
  auto run = [this, whose, work = std::move(work)]() mutable {
    work();
    work = nullptr;  // release what it holds before freeing its place
    leave_place(whose);
  };
  if (pool_.submit(std::move(run), is_stranger ? worker_lane::stranger : worker_lane::familiar))
    return boost::system::in_place_value;
  leave_place(whose);
  return busy("Too many large requests.");
}

}  // namespace musterd
