#pragma once

#include "domain/kernel/outgoing_event.hpp"
#include "messaging/amqp/amqp_message.hpp"
#include "messaging/amqp/header_names.hpp"
#include "messaging/inbox/owned_id.hpp"
#include "messaging/messaging_stats.hpp"

#include <optional>
#include <string_view>

namespace musterd {

/// `letter_header` of an event that was not stored: no letter's decision affects the copy.
inline constexpr std::string_view no_letter = "none";

/// Empty if missing or not text.
std::string_view header_text(const amqp_delivery& raw, std::string_view name);

/// A delivery, parsed as far as possible. From the table instead of the broker it has no tag.
struct received_event {
  amqp_delivery raw;
  event_envelope event;
  /// Events of one key are handled in order; an event without a key has its own.
  uuid key;
  /// Failures before it was last sent to the retry queue; 0 if it never was.
  int attempts = 0;
  /// As JSON.
  std::size_t header_bytes = 0;

  /// Digest of `event_handler::content_of`, in hex.
  std::string content;

  struct flaw {
    dead_reason reason;
    std::string error;
  };
  /// Why `event` is unusable.
  std::optional<flaw> broken;

  /// Bytes it takes if stored whole.
  std::size_t size() const { return raw.body.size() + header_bytes; }
  bool from_broker() const { return raw.tag != 0; }
  owned_id id() const { return {event.tenant_id.value, event.event_id.value}; }
  owned_id owned_key() const { return {event.tenant_id.value, key}; }
  /// The key its sender named, even if the queue is not ordered.
  uuid named_key() const;
};

/// `ordered`: see `consumer_spec`.
received_event read_delivery(amqp_delivery raw, std::size_t max_body, bool ordered);

}  // namespace musterd
