#include "common/observation/trace.hpp"
#include "common/text/text.hpp"
#include "common/text/uuid.hpp"
#include "common/time/duration.hpp"
#include "common/time/time.hpp"
#include "tests/fuzz/property.hpp"

using namespace musterd;
using fuzz::require;

/// Dates, instants, durations and ids: whatever was read, once written, reads the same again.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto text = fuzz::text_of(data, size);
  if (auto instant = parse_timestamp(text)) {
    auto written = to_string(*instant);
    require(parse_timestamp(written) == instant, "an instant survives writing");
    require(written.size() == 20 || written.size() == 27, "an instant has a year of four digits");
    require(size <= 35, "no instant is written longer than this");
    auto day = local_day(*instant, "Etc/UTC");
    require(written.starts_with(to_string(day)), "in UTC the local day is the instant's");
    for (auto zone : {"Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu"}) {
      auto there = std::chrono::sys_days{local_day(*instant, zone)} - std::chrono::sys_days{day};
      require(std::chrono::abs(there) <= std::chrono::days{1}, "no zone is more than a day away");
    }
  }
  if (auto date = parse_local_date(text))
    require(to_string(*date) == text && date->ok(), "a date has one form");
  if (auto duration = parse_duration(text)) {
    require(*duration > std::chrono::milliseconds{0} && *duration <= std::chrono::hours{366 * 24},
            "a duration is positive, and at most a year");
    require(parse_duration(duration_text(*duration)) == duration, "a duration survives writing");
  }
  if (auto id = uuid::parse(text))
    require(to_string(*id) == folded(text), "an id has one form but for its case");
  if (is_traceparent(text))
    require(text.substr(3, 32) == trace_id_of(text) && text == folded(text), "a trace is named by its id");
  return 0;
}
