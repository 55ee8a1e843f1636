#include "domain/company/events.hpp"

namespace musterd {
namespace {

template <class Record, class Key>
const Record* find_record(const std::vector<Record>& records, Key Record::* key, const auto& wanted) {
  auto found = std::find_if(records.begin(), records.end(), [&](const auto& r) { return r.*key == wanted; });
  return found == records.end() ? nullptr : &*found;
}

template <class Record, class Key>
void put_record(std::vector<Record>& records, Key Record::* key, const Record& record) {
  if (const auto* known = find_record(records, key, record.*key))
    records[static_cast<std::size_t>(known - records.data())] = record;
  else
    records.push_back(record);
}

struct company_applier {
  company_state& state;

  void operator()(const admin_departure&) const {}
  void operator()(const service_changed& e) const {
    std::erase_if(state.services,
                  [&](const auto& s) { return s.client.client_id == e.after.client.client_id; });
    if (!e.after.client.revoked_at)
      state.services.push_back(e.after);
  }
  void operator()(const permission_registered& e) const {
    state.permissions.insert_or_assign(e.after.permission_key, e.after);
  }
  template <class Event>
  void operator()(const Event& e) const {
    if constexpr (std::same_as<decltype(e.after), role>)
      put_record(state.roles, &role::role_id, e.after);
    else
      put_record(state.locations, &location::location_id, e.after);
  }
};

}  // namespace

const role* company_state::find_role(role_uuid wanted) const {
  return find_record(roles, &role::role_id, wanted);
}

const registered_permission* company_state::find_permission(std::string_view key) const {
  auto found = permissions.find(key);
  return found == permissions.end() ? nullptr : &found->second;
}

const location* company_state::find_location(location_uuid wanted) const {
  return find_record(locations, &location::location_id, wanted);
}

const service* company_state::find_service(service_uuid wanted) const {
  auto found = std::ranges::find_if(services, [&](const auto& s) { return s.client.client_id == wanted; });
  return found == services.end() ? nullptr : &*found;
}

void evolve(company_state& state, const company_event& event) {
  std::visit(company_applier{state}, event);
}

}  // namespace musterd
