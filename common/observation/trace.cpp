#include "common/observation/trace.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace musterd {
namespace {

constexpr std::size_t trace_at = 3, trace_size = 32, span_at = 36, span_size = 16, flags_at = 53, whole = 55;

thread_local trace_scope::ids ids_of_thread;

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_id(std::string_view text) {
  return is_hex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

/// FNV-1a: good enough for ids that only have to differ.
std::uint64_t mixed(std::uint64_t hash, std::string_view text) {
  for (unsigned char c : text)
    hash = (hash ^ c) * 0x100000001b3;
  return hash;
}

}  // namespace

bool is_traceparent(std::string_view text) {
  return text.size() == whole && text.starts_with("00-") && text[span_at - 1] == '-' &&
         text[flags_at - 1] == '-' && is_id(text.substr(trace_at, trace_size)) &&
         is_id(text.substr(span_at, span_size)) && is_hex(text.substr(flags_at));
}

std::string traceparent_for(const uuid& id) {
  auto hex = to_string(id);
  std::erase(hex, '-');
  auto span = hex.substr(span_size);
  for (auto* part : {&hex, &span})
    if (!is_id(*part))
      part->back() = '1';  // all zeros is not a valid id
  return fmt::format("00-{}-{}-01", hex, span);
}

std::string_view trace_id_of(std::string_view traceparent) {
  return is_traceparent(traceparent) ? traceparent.substr(trace_at, trace_size) : std::string_view{};
}

trace_scope::trace_scope(std::string_view traceparent, std::string_view correlation_id, timestamp began)
    : outer_{ids_of_thread} {
  auto trace = trace_id_of(traceparent);
  if (trace.empty())
    return;
  auto& now = ids_of_thread;
  auto span = mixed(mixed(0xcbf29ce484222325, traceparent), correlation_id);
  span = (span ^ static_cast<std::uint64_t>(began.time_since_epoch().count())) * 0x9e3779b97f4a7c15;
  trace.copy(now.trace, sizeof now.trace);
  fmt::format_to_n(now.span, sizeof now.span, "{:016x}", span);
  now.set = true;
}

trace_scope::~trace_scope() {
  ids_of_thread = outer_;
}

const trace_scope::ids& trace_scope::current() {
  return ids_of_thread;
}

}  // namespace musterd
