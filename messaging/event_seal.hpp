#pragma once

#include "messaging/amqp/header_names.hpp"
#include "persistence/audit/chain/audit_key.hpp"

namespace musterd {

/// Tells our own events from others' on the same exchanges: made with a key that only our servers have. It
/// does not prevent replays; the inbox does.
class event_seal {
 public:
  explicit event_seal(const audit_key& key) : key_{key} {}

  /// Covers the key that orders the event, and the whole envelope with id, type and company.
  std::string of(std::string_view entity_key, std::string_view body) const;
  bool fits(std::string_view seal, std::string_view entity_key, std::string_view body) const;

 private:
  audit_key key_;
};

}  // namespace musterd
