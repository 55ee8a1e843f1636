#include "domain/person/roles/authorized_users.hpp"

namespace musterd {

authorized_users::entry authorized_users::find(tenant_uuid tenant, user_uuid user) const {
  key k{tenant, user};
  const auto& s = shard_of(k);
  std::lock_guard lock{s.mutex};
  auto found = s.users.find(k);
  return found == s.users.end() ? nullptr : found->second;
}

void authorized_users::put(tenant_uuid tenant, entry user) {
  key k{tenant, user->user_id};
  auto& s = shard_of(k);
  std::lock_guard lock{s.mutex};
  s.users.insert_or_assign(k, std::move(user));
}

void authorized_users::remove(tenant_uuid tenant, const entry& user) {
  key k{tenant, user->user_id};
  auto& s = shard_of(k);
  std::lock_guard lock{s.mutex};
  if (auto found = s.users.find(k); found != s.users.end() && found->second == user)
    s.users.erase(found);
}

std::size_t authorized_users::size() const {
  std::size_t result = 0;
  for (const auto& s : shards_) {
    std::lock_guard lock{s.mutex};
    result += s.users.size();
  }
  return result;
}

std::vector<std::pair<tenant_uuid, person_uuid>> authorized_users::all() const {
  std::vector<std::pair<tenant_uuid, person_uuid>> result;
  for (const auto& s : shards_) {
    std::lock_guard lock{s.mutex};
    for (const auto& [k, user] : s.users)
      result.emplace_back(k.tenant, user->person_id);
  }
  return result;
}

bool shown_caller::active() const {
  auto user = look_up();
  return user == nullptr || user->active;
}

std::shared_ptr<const authorized_user> shown_caller::shown() const {
  if (!decided_by_)
    decided_by_ = look_up();
  return decided_by_;
}

std::shared_ptr<const authorized_user> shown_caller::look_up() const {
  return ctx_.kind == principal_kind::user ? users_.find(ctx_.tenant, {ctx_.actor}) : nullptr;
}

bool shown_caller::holds(std::string_view permission, location_uuid place, const role_catalog& roles) const {
  auto user = shown();
  auto index = roles.index_of(permission);
  return user == nullptr || (user->active && index && allows(*user, roles, *index, place, now_));
}

}  // namespace musterd
