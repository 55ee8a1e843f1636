#pragma once

#include <string_view>

namespace musterd {

/// A company's live services (domain/company/service.hpp) as a JSON array, with their unexpired secrets. The
/// company is $1.
inline constexpr std::string_view live_services = R"(coalesce((
      SELECT jsonb_agg(jsonb_build_object('client', to_jsonb(c) - 'tenant_id', 'secrets', coalesce((
        SELECT jsonb_agg(to_jsonb(s) - 'tenant_id' ORDER BY s.created_at, s.secret_id)
        FROM security.service_secret s WHERE s.tenant_id = c.tenant_id AND s.client_id = c.client_id
          AND (s.ends_at IS NULL OR s.ends_at > now())), '[]')))
      FROM security.service_client c WHERE c.tenant_id = $1 AND c.revoked_at IS NULL), '[]'))";

}  // namespace musterd
