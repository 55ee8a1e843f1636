#pragma once

#include "domain/kernel/context.hpp"
#include "domain/kernel/facts.hpp"
#include "domain/person/roles/authorization.hpp"

#include <array>
#include <mutex>
#include <unordered_map>

namespace musterd {

/// The users whose person is awake, for decisions that must not wait for an actor. A person actor puts its
/// user here when it wakes and after every commit, before answering, and removes it when it ends: what is
/// here is what the actor would say. Thread-safe.
class authorized_users {
 public:
  using entry = std::shared_ptr<const authorized_user>;

  /// Null: not here, which says nothing about the user.
  entry find(tenant_uuid tenant, user_uuid user) const;
  void put(tenant_uuid tenant, entry user);
  /// Unless it has been replaced since.
  void remove(tenant_uuid tenant, const entry& user);
  std::size_t size() const;
  std::vector<std::pair<tenant_uuid, person_uuid>> all() const;

 private:
  struct key {
    tenant_uuid tenant;
    user_uuid user;
    friend bool operator==(const key&, const key&) = default;
  };
  struct key_hash {
    std::size_t operator()(const key& k) const noexcept {
      return std::hash<user_uuid>{}(k.user) * 31 + std::hash<tenant_uuid>{}(k.tenant);
    }
  };
  /// Aligned so that shards do not share a cache line.
  struct alignas(64) shard {
    mutable std::mutex mutex;
    std::unordered_map<key, entry, key_hash> users;
  };
  static constexpr std::size_t shard_count = 64;

  shard& shard_of(const key& k) { return shards_[key_hash{}(k) / 7 % shard_count]; }
  const shard& shard_of(const key& k) const { return shards_[key_hash{}(k) / 7 % shard_count]; }

  std::array<shard, shard_count> shards_;
};

/// A context's user, as the person actor shows it at the instant of the decision. A user who is not shown was
/// not changed since the access check, which wakes the person; services and the system are never disabled. A
/// decision by what they hold is noted: its commit names the version of the record it went by
/// (docs/decisions/0062).
class shown_caller final : public acting_caller {
 public:
  shown_caller(const authorized_users& users, const request_context& ctx, timestamp now)
      : users_{users}, ctx_{ctx}, now_{now} {}
  bool active() const override;
  /// Whether what let the request in would still do so. Faults: those of the access check, UNAVAILABLE.
  outcome<void> still_admitted(const role_catalog& roles) const;
  bool is_bound() const override { return ctx_.kind != principal_kind::system; }
  std::shared_ptr<const authorized_user> shown() const override;
  bool holds(own_permission permission, location_uuid place, const role_catalog& roles) const override;
  /// The record the decision went by; null if it looked at none.
  const std::shared_ptr<const authorized_user>& decided_by() const { return decided_by_; }

 private:
  std::shared_ptr<const authorized_user> look_up() const;

  const authorized_users& users_;
  const request_context& ctx_;
  timestamp now_;
  mutable std::shared_ptr<const authorized_user> decided_by_;
};

}  // namespace musterd
