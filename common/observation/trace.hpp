#pragma once

#include "common/text/uuid.hpp"
#include "common/time/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// W3C Trace Context: one request from its first click to its last effect, across services and queues.
namespace musterd {

/// "00-<trace id>-<parent's span id>-<flags>", version 00, ids not all zeros.
bool is_traceparent(std::string_view text);
/// Starts a trace of our own, derived from `id`: the same for the same id.
std::string traceparent_for(const uuid& id);
inline std::string new_traceparent() {
  return traceparent_for(uuid::generate());
}
/// Empty if it is not a traceparent.
std::string_view trace_id_of(std::string_view traceparent);

/// While it lives, this thread's log lines carry the trace and a span derived from the arguments, so that all
/// threads on the same work agree. Scopes nest; an invalid traceparent keeps the outer one.
class trace_scope {
 public:
  trace_scope(std::string_view traceparent, std::string_view correlation_id, timestamp began);
  /// From a command's context.
  template <class Context>
  explicit trace_scope(const Context& of)
    requires requires { of.traceparent, of.correlation_id, of.now; }
      : trace_scope{of.traceparent ? std::string_view{*of.traceparent} : std::string_view{},
                    of.correlation_id, of.now} {}
  ~trace_scope();
  trace_scope(const trace_scope&) = delete;
  trace_scope& operator=(const trace_scope&) = delete;

  struct ids {
    char trace[32], span[16];
    bool set = false;
  };
  /// The current thread's.
  static const ids& current();

 private:
  ids outer_;
};

}  // namespace musterd
