#include "domain/company/directories.hpp"

namespace musterd {

location_directory_ptr company_directories::locations() const {
  std::lock_guard lock{mutex_};
  return locations_;
}

role_directory_ptr company_directories::roles() const {
  std::lock_guard lock{mutex_};
  return roles_;
}

std::uint64_t company_directories::stamp() const {
  std::lock_guard lock{mutex_};
  return changes_;
}

void company_directories::replace(std::uint64_t stamp, location_directory_ptr locations,
                                  role_directory_ptr roles) {
  std::lock_guard lock{mutex_};
  if (stamp != changes_)
    return;
  std::swap(locations_, locations);
  std::swap(roles_, roles);
}

void company_directories::show(const company_state& company) {
  role_catalog catalog;
  for (const auto& r : company.roles)
    catalog.add(r);
  std::lock_guard lock{mutex_};
  auto locations = std::make_shared<location_directory>(*locations_);
  for (const auto& l : company.locations)
    locations->add(company.id, l);
  auto roles = std::make_shared<role_directory>(*roles_);
  roles->of(company.id) = std::move(catalog);
  locations_ = std::move(locations);
  roles_ = std::move(roles);
  ++changes_;
}

}  // namespace musterd
