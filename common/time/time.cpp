#include "common/time/time.hpp"

#include <date/tz.h>

#include <algorithm>

namespace musterd {
namespace {

using namespace std::chrono;

void put_digits(char* at, int width, std::int64_t value) {
  for (int i = width - 1; i >= 0; --i, value /= 10)
    at[i] = static_cast<char>('0' + value % 10);
}

/// Reads exactly `width` digits and moves past them; -1 if there are fewer.
int take_digits(std::string_view& text, std::size_t width) {
  if (text.size() < width)
    return -1;
  int value = 0;
  for (std::size_t i = 0; i < width; ++i) {
    if (text[i] < '0' || text[i] > '9')
      return -1;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(width);
  return value;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected)
    return false;
  text.remove_prefix(1);
  return true;
}

std::optional<local_date> take_date(std::string_view& text) {
  auto y = take_digits(text, 4);
  if (y < 0 || !take(text, '-'))
    return std::nullopt;
  auto m = take_digits(text, 2);
  if (m < 0 || !take(text, '-'))
    return std::nullopt;
  auto d = take_digits(text, 2);
  auto result =
      local_date{year{y}, month{static_cast<unsigned>(m)}, day{static_cast<unsigned>(std::max(d, 0))}};
  return result.ok() ? std::optional{result} : std::nullopt;
}

std::optional<microseconds> take_fraction(std::string_view& text) {
  std::int64_t value = 0;
  int digits = 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; ++digits, text.remove_prefix(1))
    if (digits < 6)
      value = value * 10 + (text.front() - '0');
  if (digits == 0 || digits > 9)
    return std::nullopt;
  for (; digits < 6; ++digits)
    value *= 10;
  return microseconds{value};
}

std::optional<minutes> take_offset(std::string_view& text) {
  if (take(text, 'Z') || take(text, 'z'))
    return minutes{0};
  auto east = !text.empty() && text.front() == '+';
  if (!east && (text.empty() || text.front() != '-'))
    return std::nullopt;
  text.remove_prefix(1);
  auto h = take_digits(text, 2);
  if (h < 0 || h > 23 || !take(text, ':'))
    return std::nullopt;
  auto m = take_digits(text, 2);
  if (m < 0 || m > 59)
    return std::nullopt;
  auto offset = hours{h} + minutes{m};
  return east ? offset : -offset;
}

}  // namespace

timestamp wall_clock_now() {
  return floor<microseconds>(system_clock::now());
}

void append_to(std::string& out, timestamp t) {
  auto day_start = floor<days>(t);
  append_to(out, local_date{day_start});
  auto time = hh_mm_ss{t - day_start};
  char text[] = "T00:00:00.000000Z";
  put_digits(text + 1, 2, time.hours().count());
  put_digits(text + 4, 2, time.minutes().count());
  put_digits(text + 7, 2, time.seconds().count());
  auto micros = time.subseconds().count();
  if (micros == 0) {
    out.append(text, 9).push_back('Z');
    return;
  }
  put_digits(text + 10, 6, micros);
  out.append(text, sizeof text - 1);
}

std::string to_string(timestamp t) {
  std::string result;
  append_to(result, t);
  return result;
}

std::optional<timestamp> parse_timestamp(std::string_view text) {
  auto date = take_date(text);
  if (!date || !(take(text, 'T') || take(text, 't')))
    return std::nullopt;
  auto h = take_digits(text, 2);
  if (h < 0 || h > 23 || !take(text, ':'))
    return std::nullopt;
  auto m = take_digits(text, 2);
  if (m < 0 || m > 59 || !take(text, ':'))
    return std::nullopt;
  auto s = take_digits(text, 2);
  if (s < 0 || s > 59)
    return std::nullopt;
  microseconds fraction{0};
  if (take(text, '.')) {
    auto read = take_fraction(text);
    if (!read)
      return std::nullopt;
    fraction = *read;
  }
  auto offset = take_offset(text);
  if (!offset || !text.empty())
    return std::nullopt;
  timestamp result = sys_days{*date} + hours{h} + minutes{m} + seconds{s} + fraction - *offset;
  // The years that RFC 3339 can write and PostgreSQL can store.
  constexpr sys_days first = year{1} / January / 1, end = year{10000} / January / 1;
  return first <= result && result < end ? std::optional{result} : std::nullopt;
}

void append_to(std::string& out, local_date d) {
  char text[] = "0000-00-00";
  put_digits(text, 4, static_cast<int>(d.year()));
  put_digits(text + 5, 2, static_cast<unsigned>(d.month()));
  put_digits(text + 8, 2, static_cast<unsigned>(d.day()));
  out.append(text, sizeof text - 1);
}

std::string to_string(local_date d) {
  std::string result;
  append_to(result, d);
  return result;
}

std::optional<local_date> parse_local_date(std::string_view text) {
  auto result = take_date(text);
  // As for timestamps, there is no year 0000.
  return text.empty() && result && result->year() >= year{1} ? result : std::nullopt;
}

bool is_time_zone(std::string_view zone) {
  try {
    return date::locate_zone(std::string{zone}) != nullptr;
  } catch (const std::runtime_error&) {
    return false;
  }
}

local_date local_day(timestamp t, std::string_view zone) {
  auto local = date::locate_zone(std::string{zone})->to_local(t);
  return local_date{sys_days{floor<days>(local).time_since_epoch()}};
}

std::int64_t minutes_between(timestamp start, timestamp end) {
  return std::max<std::int64_t>(0, floor<minutes>(end - start).count());
}

}  // namespace musterd
