#pragma once

#include "messaging/inbox/event_handler.hpp"

#include <functional>
#include <optional>

namespace musterd {

/// A handler whose effect is elsewhere: it hands each event on, to an actor say, and waits for the commit
/// there, for a whole batch at once. Meanwhile no transaction is open: who is waited for may need what it
/// would hold. That commit is not the inbox's: after a crash in between the event is handed on once more, so
/// whoever takes it must bear repetition.
class forwarding_handler : public event_handler {
 public:
  /// Told once, on any thread, when it is committed or why it is not.
  using done_fn = std::function<void(std::optional<fault>)>;
  using forward_fn = std::function<void(done_fn)>;

  bool forwards() const final { return true; }
  outcome<void> forward(const event_envelope& event) final;
  outcome<void> check(const event_envelope& event) final;
  std::vector<outcome<void>> forward_all(std::span<const event_envelope* const> events) final;
  outcome<void> handle(pqxx::transaction_base&, const event_envelope&) final { return {}; }

 protected:
  /// What to do about an event. Reads only, and asks nobody; in a batch nothing is handed on before all of it
  /// has been read.
  virtual outcome<forward_fn> read(const event_envelope& event) = 0;
};

/// Who acts when a message is handled: the system, for the message's sender.
request_context context_of(const event_envelope& event);

}  // namespace musterd
