#pragma once

#include "domain/company/records.hpp"

#include <array>
#include <atomic>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace musterd {

/// Shops, roles and services of one company, immutable.
struct company_directory {
  location_directory locations;
  role_catalog roles;
  service_directory services;
  /// The company's latest change in the database when this was read; 0 if an actor showed it.
  std::int64_t version = 0;
  /// The version of the company's record at which this last changed, or an earlier one.
  std::int64_t relied_on = 0;
};
using company_directory_ptr = std::shared_ptr<const company_directory>;

/// Shops, roles and services of each company in use here, readable without asking an actor. Updated after the
/// company's actor commits, before it answers. A company is read before its first record is woken
/// (`show_company` in persistence/). Thread-safe; nobody waits for more than a pointer.
class company_directories {
 public:
  /// Never null; empty for a company that is not in use here.
  company_directory_ptr find(tenant_uuid tenant) const;
  bool contains(tenant_uuid tenant) const;

  /// Puts a company's present state in place, which last changed at that version of its record.
  void show(const company_state& company, std::int64_t relied_on);

  /// To read a company from the database (other nodes change it too): take a stamp, read, replace. Does
  /// nothing if the company has shown a change since the stamp, or a newer version is here already.
  std::uint64_t stamp(tenant_uuid tenant) const;
  void replace(tenant_uuid tenant, std::uint64_t stamp, company_directory_ptr directory);
  /// Makes readers of a company that is not here yet read again: their stamp is stale.
  void outdate(tenant_uuid tenant);
  /// `seen` is not what is committed: the company is read again before another of its records is woken.
  void doubt(tenant_uuid tenant, const company_directory_ptr& seen);
  /// Whether it is not here, or in doubt.
  bool must_be_read(tenant_uuid tenant) const;
  /// For when changes may have been missed, or lost by the database: readers must read again, and what they
  /// read replaces what is here, whatever its version. Returns the companies that are here.
  std::vector<tenant_uuid> outdate_all();

 private:
  struct entry {
    company_directory_ptr directory;
    std::uint64_t stamp = 0;
    /// The generation in which the directory was put here.
    std::uint64_t of_generation = 0;
    bool in_doubt = false;
  };
  /// Aligned, so that shards do not share a cache line.
  struct alignas(64) shard {
    mutable std::mutex mutex;
    std::unordered_map<tenant_uuid, entry> companies;
  };
  static constexpr std::size_t shard_count = 16;

  shard& shard_of(tenant_uuid tenant) { return shards_[std::hash<tenant_uuid>{}(tenant) % shard_count]; }
  const shard& shard_of(tenant_uuid tenant) const {
    return shards_[std::hash<tenant_uuid>{}(tenant) % shard_count];
  }
  entry entry_of(tenant_uuid tenant) const;

  std::array<shard, shard_count> shards_;
  std::atomic<std::uint64_t> generation_ = 0;
};

}  // namespace musterd
