#include "domain/kernel/outgoing_event.hpp"

namespace musterd {

outgoing_event make_event(const request_context& ctx, const event_route& route, event_uuid event_id,
                          uuid entity_key, std::string payload_json) {
  event_envelope envelope{
      event_id,           std::string{route.event_type}, ctx.now, std::string{event_producer}, 1, ctx.tenant,
      ctx.correlation_id, {std::move(payload_json)}};
  return {event_id,
          std::string{route.event_type},
          std::string{route.exchange},
          std::string{route.routing_key},
          entity_key,
          ctx.now,
          ctx.correlation_id,
          ctx.traceparent,
          to_json(envelope)};
}

}  // namespace musterd
