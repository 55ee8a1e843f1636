#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace musterd {

/// A 128-bit UUID. New ones are version 7 (time-ordered, index-friendly).
struct uuid {
  std::array<std::uint8_t, 16> bytes{};

  friend auto operator<=>(const uuid&, const uuid&) = default;
  bool is_nil() const { return *this == uuid{}; }

  /// Accepts only the canonical 36-character form, in any case.
  static std::optional<uuid> parse(std::string_view text);

  /// A new version 7 id; ids of one thread ascend.
  static uuid generate();
};

/// Appends the canonical lower-case form.
void append_to(std::string& out, const uuid& id);
std::string to_string(const uuid& id);

/// A typed UUID, so that a person's is never passed for a location's.
template <class Tag>
struct id {
  uuid value;

  friend auto operator<=>(const id&, const id&) = default;
  static id generate() { return {uuid::generate()}; }
};

template <class Tag>
std::string to_string(const id<Tag>& x) {
  return to_string(x.value);
}

using tenant_uuid = id<struct tenant_tag>;
using user_uuid = id<struct user_tag>;
using person_uuid = id<struct person_tag>;
using location_uuid = id<struct location_tag>;
using role_uuid = id<struct role_tag>;
using location_assignment_uuid = id<struct location_assignment_tag>;
using role_assignment_uuid = id<struct role_assignment_tag>;
using timecard_uuid = id<struct timecard_tag>;
using clock_session_uuid = id<struct clock_session_tag>;
using break_uuid = id<struct break_tag>;
using event_uuid = id<struct event_tag>;
using audit_entry_uuid = id<struct audit_entry_tag>;
using job_timer_uuid = id<struct job_timer_tag>;
using token_family_uuid = id<struct token_family_tag>;
using service_uuid = id<struct service_tag>;
using service_secret_uuid = id<struct service_secret_tag>;

}  // namespace musterd

template <>
struct std::hash<musterd::uuid> {
  std::size_t operator()(const musterd::uuid& id) const noexcept {
    // The tail of a version 7 id is random: enough for a hash table.
    std::uint64_t head = 0, tail = 0;
    std::memcpy(&head, id.bytes.data(), 8);
    std::memcpy(&tail, id.bytes.data() + 8, 8);
    return static_cast<std::size_t>((head * 0x9e3779b97f4a7c15ULL) ^ tail);
  }
};

template <class Tag>
struct std::hash<musterd::id<Tag>> {
  std::size_t operator()(const musterd::id<Tag>& x) const noexcept {
    return std::hash<musterd::uuid>{}(x.value);
  }
};
