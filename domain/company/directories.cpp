#include "domain/company/directories.hpp"

namespace musterd {

company_directories::entry company_directories::entry_of(tenant_uuid tenant) const {
  const auto& s = shard_of(tenant);
  std::lock_guard lock{s.mutex};
  auto found = s.companies.find(tenant);
  return found == s.companies.end() ? entry{} : found->second;
}

company_directory_ptr company_directories::find(tenant_uuid tenant) const {
  static const auto empty = std::make_shared<const company_directory>();
  auto found = entry_of(tenant).directory;
  return found ? found : empty;
}

bool company_directories::contains(tenant_uuid tenant) const {
  return entry_of(tenant).directory != nullptr;
}

std::uint64_t company_directories::stamp(tenant_uuid tenant) const {
  return entry_of(tenant).stamp + generation_;
}

void company_directories::replace(tenant_uuid tenant, std::uint64_t stamp, company_directory_ptr directory) {
  auto& s = shard_of(tenant);
  std::lock_guard lock{s.mutex};
  auto& known = s.companies[tenant];
  auto generation = generation_.load();
  // Both only grow, so the sum is the same only if both are.
  if (known.stamp + generation != stamp)
    return;
  if (known.directory && !known.in_doubt && known.of_generation == generation &&
      known.directory->version > directory->version)
    return;
  std::swap(known.directory, directory);
  known.in_doubt = false;
  known.of_generation = generation;
}

void company_directories::outdate(tenant_uuid tenant) {
  auto& s = shard_of(tenant);
  std::lock_guard lock{s.mutex};
  ++s.companies[tenant].stamp;
}

void company_directories::doubt(tenant_uuid tenant, const company_directory_ptr& seen) {
  auto& s = shard_of(tenant);
  std::lock_guard lock{s.mutex};
  if (auto found = s.companies.find(tenant); found != s.companies.end() && found->second.directory == seen)
    found->second.in_doubt = true;
}

bool company_directories::must_be_read(tenant_uuid tenant) const {
  auto known = entry_of(tenant);
  return known.directory == nullptr || known.in_doubt;
}

std::vector<tenant_uuid> company_directories::outdate_all() {
  ++generation_;
  std::vector<tenant_uuid> here;
  for (auto& s : shards_) {
    std::lock_guard lock{s.mutex};
    for (const auto& [tenant, known] : s.companies)
      if (known.directory)
        here.push_back(tenant);
  }
  return here;
}

void company_directories::show(const company_state& company, std::int64_t relied_on) {
  auto shown = std::make_shared<company_directory>();
  shown->relied_on = relied_on;
  for (const auto& r : company.roles)
    shown->roles.add(r);
  for (const auto& l : company.locations)
    shown->locations.add(company.id, l);
  for (const auto& service : company.services)
    shown->services.add(service);
  company_directory_ptr before = std::move(shown);
  auto& s = shard_of(company.id);
  std::lock_guard lock{s.mutex};
  auto& known = s.companies[company.id];
  std::swap(known.directory, before);  // what it was ends after the lock
  known.of_generation = generation_;
  known.in_doubt = false;
  ++known.stamp;
}

}  // namespace musterd
