#include "domain/person/roles/authorized_users.hpp"

#include "domain/kernel/record_changed.hpp"
#include "domain/person/faults.hpp"
#include "domain/person/roles/access.hpp"

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

outcome<void> shown_caller::still_admitted(const role_catalog& roles) const {
  if (!ctx_.admitted)
    return boost::system::in_place_value;
  const auto& by = *ctx_.admitted;
  auto user = look_up();
  if (!user) {
    // Their record sleeps, or is being reread because another node changed it: what let them in may be gone.
    if (by.any_of.empty() || by.on_self)
      return boost::system::in_place_value;
    return caller_is_asleep();
  }
  if (!user->active)
    return account_disabled;
  if (!by.session.value.is_nil() && !user->has_live(by.session, now_))
    return fault_of(access_verdict::session_ended);
  if (by.any_of.empty())
    return boost::system::in_place_value;
  if (!by.on_self)
    decided_by_ = user;
  auto holds = [&](const std::optional<location_uuid>& place) {
    return std::ranges::any_of(by.any_of, [&](own_permission permission) {
      return allows(user->held(), permission.index(), place, now_, roles);
    });
  };
  auto holds_anywhere = [&](own_permission permission) {
    return !where_held(user->held(), permission.index(), now_, roles).nowhere();
  };
  auto allowed = [](bool may) {
    return may ? outcome<void>{boost::system::in_place_value} : access_denied();
  };
  auto shops = by.everywhere ? std::nullopt : ctx_.covered_shops;
  if (!shops)
    return allowed(holds({}));
  if (by.on_self || shops->empty())
    return allowed(std::ranges::any_of(by.any_of, holds_anywhere));
  auto kept = std::ranges::count_if(*shops, holds);
  if (kept == 0)
    return access_denied();
  // Only its handler knows which of them the request reaches: it has to be sent again.
  if (static_cast<std::size_t>(kept) < shops->size())
    return unavailable(caller_is_stale().message);
  return boost::system::in_place_value;
}

std::shared_ptr<const authorized_user> shown_caller::shown() const {
  if (!decided_by_)
    decided_by_ = look_up();
  return decided_by_;
}

std::shared_ptr<const authorized_user> shown_caller::look_up() const {
  return ctx_.kind == principal_kind::user ? users_.find(ctx_.tenant, {ctx_.actor}) : nullptr;
}

bool shown_caller::holds(own_permission permission, location_uuid place, const role_catalog& roles) const {
  auto user = shown();
  if (!user)
    return ctx_.kind != principal_kind::user;
  return allows(user->held(), permission.index(), place, now_, roles);
}

}  // namespace musterd
