#pragma once

#include "messaging/received_event.hpp"

#include <span>

namespace musterd {

/// While it lives, this thread's handlers find the traces of the messages at hand by their envelopes, which
/// do not carry them: a traceparent travels in the header.
class incoming_traces {
 public:
  explicit incoming_traces(std::span<const received_event* const> at_hand) { at_hand_ = at_hand; }
  ~incoming_traces() { at_hand_ = {}; }
  incoming_traces(const incoming_traces&) = delete;
  incoming_traces& operator=(const incoming_traces&) = delete;

  /// Of an envelope that came without: a trace of its own, the same at every attempt.
  static std::string of(const event_envelope& event);

 private:
  static thread_local std::span<const received_event* const> at_hand_;
};

}  // namespace musterd
