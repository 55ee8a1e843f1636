#include "messaging/incoming_traces.hpp"

#include "common/trace.hpp"

#include <algorithm>

namespace musterd {

thread_local std::span<const received_event* const> incoming_traces::at_hand_;

std::string incoming_traces::of(const event_envelope& event) {
  auto found = std::find_if(at_hand_.begin(), at_hand_.end(),
                            [&](const auto* message) { return message->event.event_id == event.event_id; });
  return found != at_hand_.end() && is_traceparent((*found)->traceparent)
             ? (*found)->traceparent
             : traceparent_for(event.event_id.value);
}

}  // namespace musterd
