#include "common/text/uuid.hpp"

#include "common/text/text.hpp"

#include <chrono>
#include <random>

namespace musterd {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

bool is_dash_position(std::size_t i) {
  return i == 8 || i == 13 || i == 18 || i == 23;
}

std::mt19937_64 seeded_generator() {
  std::random_device device;
  std::seed_seq seed{device(), device(), device(), device(), device(), device(), device(), device()};
  return std::mt19937_64{seed};
}

}  // namespace

std::optional<uuid> uuid::parse(std::string_view text) {
  if (text.size() != 36)
    return std::nullopt;
  uuid result;
  std::size_t byte = 0;
  for (std::size_t i = 0; i < 36;) {
    if (is_dash_position(i)) {
      if (text[i] != '-')
        return std::nullopt;
      ++i;
      continue;
    }
    auto high = hex_value(text[i]), low = hex_value(text[i + 1]);
    if (high < 0 || low < 0)
      return std::nullopt;
    result.bytes[byte++] = static_cast<std::uint8_t>(high << 4 | low);
    i += 2;
  }
  return result;
}

uuid uuid::generate() {
  thread_local std::mt19937_64 random = seeded_generator();
  thread_local std::uint64_t last_tick = 0;
  // 48 bits of milliseconds, then 12 bits of sub-millisecond fraction (RFC 9562, method 3). A thread that
  // outpaces the clock counts on, so its ids still ascend.
  auto now = std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  auto millis = static_cast<std::uint64_t>(now.count() / 1'000'000);
  auto fraction = static_cast<std::uint64_t>(now.count() % 1'000'000) * 4096 / 1'000'000;
  auto tick = millis << 12 | fraction;
  if (tick <= last_tick)
    tick = last_tick + 1;
  last_tick = tick;
  auto noise = random();
  uuid result;
  for (int i = 0; i < 6; ++i)
    result.bytes[i] = static_cast<std::uint8_t>(tick >> (52 - 8 * i));
  result.bytes[6] = static_cast<std::uint8_t>(0x70 | ((tick >> 8) & 0x0f));
  result.bytes[7] = static_cast<std::uint8_t>(tick);
  for (int i = 8; i < 16; ++i)
    result.bytes[i] = static_cast<std::uint8_t>(noise >> (8 * (i - 8)));
  result.bytes[8] = static_cast<std::uint8_t>(0x80 | (result.bytes[8] & 0x3f));
  return result;
}

void append_to(std::string& out, const uuid& id) {
  char text[36];
  std::size_t at = 0;
  for (auto byte : id.bytes) {
    if (is_dash_position(at))
      text[at++] = '-';
    text[at++] = hex_digits[byte >> 4];
    text[at++] = hex_digits[byte & 15];
  }
  out.append(text, sizeof text);
}

std::string to_string(const uuid& id) {
  std::string result;
  append_to(result, id);
  return result;
}

}  // namespace musterd
