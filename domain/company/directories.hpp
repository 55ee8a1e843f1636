#pragma once

#include "domain/company/records.hpp"

#include <mutex>

namespace musterd {

/// Shops and roles of every company, for everybody to read without asking an actor: immutable snapshots,
/// replaced when a company actor has committed a change, before its answer is delivered. Thread-safe.
class company_directories {
 public:
  /// Never null.
  location_directory_ptr locations() const;
  role_directory_ptr roles() const;

  /// Puts one company's present state in place.
  void show(const company_state& company);

  /// For who reads everything from the database now and then (other nodes change it too): take a stamp, read,
  /// then replace. Nothing is replaced if a company has shown a change meanwhile, because what was read may
  /// be older.
  std::uint64_t stamp() const;
  void replace(std::uint64_t stamp, location_directory_ptr locations, role_directory_ptr roles);

 private:
  mutable std::mutex mutex_;
  std::uint64_t changes_ = 0;
  location_directory_ptr locations_ = std::make_shared<location_directory>();
  role_directory_ptr roles_ = std::make_shared<role_directory>();
};

}  // namespace musterd
