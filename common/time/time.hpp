#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace musterd {

/// A UTC instant in microseconds, as the database stores it.
using timestamp = std::chrono::sys_time<std::chrono::microseconds>;
/// A calendar day without a zone (a shop's local day, a hire date).
using local_date = std::chrono::year_month_day;

/// Only the edges (HTTP, consumers, timers) ask for it; below them `now` travels in the context.
timestamp wall_clock_now();

/// RFC 3339 in UTC with `Z`, with a fraction only if there is one: 2026-01-11T14:00:00.123456Z.
void append_to(std::string& out, timestamp t);
std::string to_string(timestamp t);
/// Reads RFC 3339 with any offset and up to nine fractional digits (truncated to microseconds).
std::optional<timestamp> parse_timestamp(std::string_view text);

/// YYYY-MM-DD.
void append_to(std::string& out, local_date d);
std::string to_string(local_date d);
/// Reads YYYY-MM-DD; refuses days that do not exist, and the year 0000.
std::optional<local_date> parse_local_date(std::string_view text);

/// Whether the IANA time zone database knows this name ("America/Chicago").
bool is_time_zone(std::string_view zone);
/// The calendar day that `t` falls on in an IANA zone. Throws std::runtime_error for an unknown zone.
local_date local_day(timestamp t, std::string_view zone);

/// Whole minutes between two instants, rounded down; never negative.
std::int64_t minutes_between(timestamp start, timestamp end);

}  // namespace musterd
