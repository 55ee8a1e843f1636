#pragma once

#include "common/text/uuid.hpp"
#include "common/time/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// W3C Trace Context: one request from its first click to its last effect, over services and queues.
namespace musterd {

/// "00-<trace id>-<parent's span id>-<flags>", version 00, ids that are not all zeros.
bool is_traceparent(std::string_view text);
/// The beginning of a trace of our own, named by an id: the same for the same id.
std::string traceparent_for(const uuid& id);
inline std::string new_traceparent() {
  return traceparent_for(uuid::generate());
}
/// Empty for what is no traceparent.
std::string_view trace_id_of(std::string_view traceparent);

/// While it lives, this thread's log lines carry the trace and a span of ours. The span follows from what the
/// work is known by, so all threads that take part in it agree. Scopes nest; what is no traceparent leaves
/// the outer one in force.
class trace_scope {
 public:
  trace_scope(std::string_view traceparent, std::string_view correlation_id, timestamp began);
  /// Of whatever travels with a command.
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
  /// Of this thread.
  static const ids& current();

 private:
  ids outer_;
};

}  // namespace musterd
