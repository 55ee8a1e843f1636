#include "domain/company/decide.hpp"

#include <fmt/format.h>

namespace musterd {
namespace {

/// The name under which this server registers its own keys.
constexpr auto own_service_name = "musterd";

}  // namespace

role answer(const company_state& after, const create_role&, const company_events& events, timestamp) {
  return *after.find_role(std::get<role_created>(events.front()).after.role_id);
}

role answer(const company_state& after, const update_role& c, const company_events&, timestamp) {
  return *after.find_role(c.role_id);
}

role answer(const company_state& after, const grant_permission& c, const company_events&, timestamp) {
  return *after.find_role(c.role_id);
}

role answer(const company_state& after, const revoke_permission& c, const company_events&, timestamp) {
  return *after.find_role(c.role_id);
}

role answer(const company_state& after, const replace_permissions& c, const company_events&, timestamp) {
  return *after.find_role(c.role_id);
}

registration answer(const company_state& after, const register_permissions& c, const company_events& events,
                    timestamp) {
  registration result;
  for (const auto& event : events)
    ++(std::get<permission_registered>(event).before ? result.updated : result.registered);
  bool is_ours = is_own_domain(c.domain);
  for (const auto& offered : c.permissions) {
    auto owner = is_ours ? std::string{own_service_name} : after.find_permission(offered.key)->service_name;
    if (is_ours || owner != c.service_name)
      result.errors.push_back({offered.key, fmt::format("{} belongs to {}.", offered.key, owner)});
  }
  result.unchanged = static_cast<std::int64_t>(c.permissions.size() - events.size() - result.errors.size());
  return result;
}

location answer(const company_state& after, const create_location&, const company_events& events, timestamp) {
  return *after.find_location(std::get<location_created>(events.front()).after.location_id);
}

location answer(const company_state& after, const update_location& c, const company_events&, timestamp) {
  return *after.find_location(c.location_id);
}

service_view answer(const company_state&, const create_service&, const company_events& events, timestamp) {
  return view_of(std::get<service_changed>(events.front()).after);
}

service_view answer(const company_state& after, const update_service& c, const company_events&, timestamp) {
  return view_of(*after.find_service(c.client_id));
}

nothing answer(const company_state&, const revoke_service&, const company_events&, timestamp) {
  return {};
}

service_view answer(const company_state& after, const add_service_secret& c, const company_events&,
                    timestamp) {
  return view_of(*after.find_service(c.client_id));
}

nothing answer(const company_state&, const end_service_secret&, const company_events&, timestamp) {
  return {};
}

}  // namespace musterd
