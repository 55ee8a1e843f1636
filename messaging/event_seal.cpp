#include "messaging/event_seal.hpp"

#include <sodium.h>

namespace musterd {

std::string event_seal::of(std::string_view entity_key, std::string_view body) const {
  return to_hex(key_.hash({"event", entity_key, body}));
}

bool event_seal::fits(std::string_view seal, std::string_view entity_key, std::string_view body) const {
  auto right = of(entity_key, body);
  return seal.size() == right.size() && sodium_memcmp(seal.data(), right.data(), right.size()) == 0;
}

}  // namespace musterd
