#pragma once

#include "domain/kernel/outgoing_event.hpp"
#include "messaging/inbox/lenient_json.hpp"

namespace musterd {

/// All errors in one line: a dead letter keeps only the message.
inline std::string described(const fault& f) {
  std::string text;
  for (const auto& error : f.field_errors)
    text += (text.empty() ? "" : " ") + error.message;
  return text.empty() ? f.message : text;
}

/// The same fault with a message that names every wrong field.
inline fault with_description(fault f) {
  f.message = described(f);
  return f;
}

/// Reads the part of an event's payload that T describes.
template <class T>
outcome<T> read_payload(const event_envelope& event) {
  auto document = parse_json(event.payload.text);
  if (!document)
    return outcome<T>{boost::system::in_place_error, document.error()};
  auto payload = read_leniently<T>(std::move(*document));
  if (!payload)
    return outcome<T>{boost::system::in_place_error, with_description(payload.error())};
  return payload;
}

}  // namespace musterd
