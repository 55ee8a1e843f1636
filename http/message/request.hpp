#pragma once

#include "common/fault.hpp"
#include "common/time/time.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace musterd {

enum class verb : std::uint8_t { get, head, post, put, patch, del, options, other };
inline constexpr std::size_t verb_count = 8;
std::string_view verb_name(verb v);

/// The request target, percent-decoded once. Segments are spans of `path`: encoded slashes stay inside, and
/// it can be moved.
class request_target {
 public:
  static constexpr std::size_t max_segments = 16;
  /// A longer list of values goes into one parameter, separated by commas.
  static constexpr std::size_t max_query_values = 64;

  /// False if it is neither in origin nor absolute form, badly encoded, or has too many bytes, segments or
  /// query values.
  bool parse(std::string_view target);

  /// Decoded; for logs and digests.
  const std::string& path() const { return path_; }
  std::size_t segment_count() const { return count_; }
  std::string_view segment(std::size_t i) const {
    return std::string_view{path_}.substr(spans_[i].first, spans_[i].second);
  }

  struct query_value {
    std::string name;
    std::string value;
  };
  const std::vector<query_value>& query() const { return query_; }
  /// As sent, without the question mark.
  const std::string& raw_query() const { return raw_query_; }

 private:
  bool parse_query(std::string_view text);

  std::string path_;
  std::string raw_query_;
  std::vector<query_value> query_;
  std::array<std::pair<std::uint16_t, std::uint16_t>, max_segments> spans_{};
  std::uint8_t count_ = 0;
};

/// The trace context of log lines about a request.
struct request_trace {
  const std::optional<std::string>& traceparent;
  const std::string& correlation_id;
  timestamp now;
};

/// A request as handlers see it: only the parts musterd uses, already checked for size and shape.
struct http_request {
  verb method = verb::get;
  request_target target;
  /// The whole Authorization value ("Bearer …"); empty when absent. Never logged.
  std::string authorization;
  std::string content_type;
  std::optional<std::string> idempotency_key;
  std::optional<std::string> if_match;
  /// Taken from X-Correlation-Id or generated; never empty.
  std::string correlation_id;
  std::optional<std::string> traceparent;
  std::string user_agent;
  /// The calling page's origin, if a browser sent it.
  std::string origin;
  /// Whether it has Access-Control-Request-Method, as a CORS preflight does.
  bool is_preflight = false;
  /// X-Fault-Injection; honoured only if the configuration allows it.
  std::optional<std::string> injected_fault;
  std::string body;
  std::string client_address;
  /// When it had fully arrived and its turn had come.
  timestamp received_at{};
  /// What is wrong with its headers; reported only after the access check.
  std::optional<fault> header_fault;

  request_trace trace() const { return {traceparent, correlation_id, received_at}; }
};

}  // namespace musterd
