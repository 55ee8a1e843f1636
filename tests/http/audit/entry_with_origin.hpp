#pragma once

namespace musterd::testing {

/// The row of an entry `e` as JSON, with its request's origin, which is stored next to it.
inline constexpr auto entry_with_origin = "(to_jsonb(e) || coalesce((SELECT jsonb_object_agg(CASE v.field "
                                          "WHEN 'clientAddress' THEN 'client_address' "
                                          "ELSE 'user_agent' END, v.value) FROM audit.personal_value v WHERE "
                                          "v.tenant_id = e.tenant_id AND v.entry_id = "
                                          "e.entry_id AND v.field IN ('clientAddress', 'userAgent')), '{}'))";

}  // namespace musterd::testing
