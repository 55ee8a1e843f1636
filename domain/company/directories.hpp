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
  /// Which change of the company the database had last when this was read; 0 for what an actor shows.
  std::int64_t version = 0;
  /// The version of the company's record at which this last changed, or an earlier one.
  std::int64_t relied_on = 0;
};
using company_directory_ptr = std::shared_ptr<const company_directory>;

/// Shops, roles and services of each company that is in use here, for everybody to read without asking an
/// actor: replaced when the company's actor has committed a change, before its answer is delivered. A company
/// is read before the first of its records is woken (`show_company` in persistence/). Thread-safe; nobody
/// waits for more than a pointer.
class company_directories {
 public:
  /// Never null: empty for a company that nobody here has to do with.
  company_directory_ptr find(tenant_uuid tenant) const;
  bool contains(tenant_uuid tenant) const;

  /// Puts a company's present state in place, which last changed at that version of its record.
  void show(const company_state& company, std::int64_t relied_on);

  /// For who reads a company from the database (other nodes change it too): take a stamp, read, then replace.
  /// Nothing is replaced if the company has shown a change meanwhile, because what was read may be older, nor
  /// by what somebody else read earlier.
  std::uint64_t stamp(tenant_uuid tenant) const;
  void replace(tenant_uuid tenant, std::uint64_t stamp, company_directory_ptr directory);
  /// Who is reading a company that is not here yet has to read it again.
  void outdate(tenant_uuid tenant);
  /// What was seen of a company is not what is committed: it is read again before another record is woken.
  void doubt(tenant_uuid tenant, const company_directory_ptr& seen);
  /// Whether it is not here, or in doubt.
  bool must_be_read(tenant_uuid tenant) const;
  /// Nobody knows any more what was changed, or whether the database still has it: who is reading has to read
  /// again, and what is read from now on replaces what is here, whatever its version. Answers who is here.
  std::vector<tenant_uuid> outdate_all();

 private:
  struct entry {
    company_directory_ptr directory;
    std::uint64_t stamp = 0;
    /// How often all had been outdated when the directory was put here.
    std::uint64_t of_generation = 0;
    bool in_doubt = false;
  };
  /// Apart in memory, so that shards do not share a cache line.
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
