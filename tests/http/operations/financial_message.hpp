#pragma once

#include "common/text/uuid.hpp"
#include "tests/http/time/desk.hpp"

namespace musterd::testing {

/// A financial event for the trail; with `type` POISON it is always refused.
inline std::string financial_message(const std::string& type, const std::string& subject,
                                     const std::string& tenant = demo_tenant) {
  auto payload =
      json({{"eventType", type},
            {"occurredAt", to_string(wall_clock_now())},
            {"actorId", nobody},
            {"subjectType", "Order"},
            {"subjectId", subject},
            {"references", boost::json::array{boost::json::object{{"type", "order"}, {"id", "4711"}}}},
            {"reason", "damaged"}});
  return json({{"eventId", to_string(uuid::generate())},
               {"eventType", "AuditEventRecorded"},
               {"occurredAt", "2026-11-02T10:00:00Z"},
               {"tenantId", tenant},
               {"correlationId", "pos-" + subject},
               {"payload", boost::json::parse(payload)}});
}

}  // namespace musterd::testing
