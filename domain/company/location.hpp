#pragma once

#include "common/json/described.hpp"
#include "common/text/uuid.hpp"
#include "common/time/time.hpp"
#include "domain/kernel/table.hpp"

#include <string>
#include <unordered_map>
#include <vector>

namespace musterd {

enum class location_status { active, inactive };
BOOST_DESCRIBE_ENUM(location_status, active, inactive)

/// A shop. `timezone` is the IANA zone of its local days.
struct location {
  location_uuid location_id;
  std::string code;
  std::string name;
  std::string timezone;
  location_status status = location_status::active;
  timestamp created_at{};
  timestamp updated_at{};
  std::int64_t version = 1;
  friend bool operator==(const location&, const location&) = default;
};
BOOST_DESCRIBE_STRUCT(location, (),
                      (location_id, code, name, timezone, status, created_at, updated_at, version))
template <>
struct table_of<location> : versioned_table<"people.location", "location_id"> {};

/// Shops by tenant and id; a shop is invisible to other tenants.
class location_directory {
 public:
  void add(tenant_uuid tenant, location place) {
    auto key = place.location_id;
    tenants_[tenant].insert_or_assign(key, std::move(place));
  }
  /// Null if the tenant has no such shop.
  const location* find(tenant_uuid tenant, location_uuid place) const {
    auto shops = tenants_.find(tenant);
    if (shops == tenants_.end())
      return nullptr;
    auto found = shops->second.find(place);
    return found == shops->second.end() ? nullptr : &found->second;
  }
  /// Null also for an inactive shop.
  const location* find_active(tenant_uuid tenant, location_uuid place) const {
    const auto* found = find(tenant, place);
    return found != nullptr && found->status == location_status::active ? found : nullptr;
  }

 private:
  std::unordered_map<tenant_uuid, std::unordered_map<location_uuid, location>> tenants_;
};

}  // namespace musterd
