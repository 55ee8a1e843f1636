#include "domain/company/service.hpp"

namespace musterd {

bool is_service_scope(std::string_view key) {
  return std::ranges::find(service_scope::all, key) != service_scope::all.end();
}

service_view view_of(const service& s) {
  const auto& c = s.client;
  service_view result{c.client_id,  c.name,       c.description, c.scopes, {},
                      c.created_at, c.updated_at, c.revoked_at,  c.version};
  for (const auto& secret : s.secrets)
    result.secrets.push_back({secret.secret_id, secret.created_at, secret.ends_at});
  return result;
}

bool service_directory::entry::may(std::string_view scope) const {
  return std::ranges::find(scopes, scope) != scopes.end();
}

bool service_directory::entry::has_secret(service_secret_uuid secret) const {
  return std::ranges::find(secrets, secret, &entry::secret::secret_id) != secrets.end();
}

bool service_directory::entry::has_live(service_secret_uuid secret, timestamp now) const {
  return std::ranges::any_of(
      secrets, [&](const auto& s) { return s.secret_id == secret && (!s.ends_at || *s.ends_at > now); });
}

void service_directory::add(const service& s) {
  entry added{s.client.scopes, {}};
  for (const auto& secret : s.secrets)
    added.secrets.push_back({secret.secret_id, secret.ends_at});
  services_.insert_or_assign(s.client.client_id, std::move(added));
}

}  // namespace musterd
