#include "http/auth/sign_in/hashing_places.hpp"

namespace musterd {
namespace {

fault too_many_passwords(std::string message, std::chrono::seconds wait) {
  return {fault_kind::too_many_requests, "TOO_MANY_REQUESTS", std::move(message), {}, {}, wait.count()};
}

}  // namespace

int hashing_places::count_of(const counts& in, const uuid& of) {
  auto found = in.find(of);
  return found == in.end() ? 0 : found->second;
}

void hashing_places::give_back(counts& in, const uuid& of) {
  if (auto found = in.find(of); --found->second == 0)
    in.erase(found);
}

outcome<hashing_places::place> hashing_places::take(tenant_uuid company, uuid caller) const {
  using std::chrono::seconds;
  std::lock_guard lock{taken_->mutex};
  if (taken_->all >= most_of_all)
    return busy("Too many passwords at once.");
  if (count_of(taken_->of_callers, caller) >= most_of_a_caller)
    return too_many_passwords("Too many passwords at once; wait for the answers.", seconds{1});
  if (count_of(taken_->of_companies, company.value) >= most_of_all - taken_->all)
    return too_many_passwords("Too many passwords at once in this company; try again.", seconds{1});
  ++taken_->of_callers[caller];
  ++taken_->of_companies[company.value];
  ++taken_->all;
  return place{nullptr, [taken = taken_, company, caller](void*) {
                 std::lock_guard giving_back{taken->mutex};
                 --taken->all;
                 give_back(taken->of_callers, caller);
                 give_back(taken->of_companies, company.value);
               }};
}

outcome<void> hashing_places::count_own(uuid caller, timestamp now) const {
  std::lock_guard lock{taken_->mutex};
  auto& budget = taken_->own.touch(std::hash<uuid>{}(caller));
  if (auto wait = budget.wait(own_passwords, now); wait.count() > 0)
    return too_many_passwords("Too many attempts at one's own password; try again later.", wait);
  budget.spend(own_passwords, now);
  return boost::system::in_place_value;
}

outcome<hashing_places::place> hashing_places::take_own(tenant_uuid company, uuid caller) const {
  auto result = take(company, caller);
  if (!result) {
    std::lock_guard lock{taken_->mutex};
    if (auto* budget = taken_->own.find(std::hash<uuid>{}(caller)))
      budget->give_back(own_passwords);
  }
  return result;
}

}  // namespace musterd
