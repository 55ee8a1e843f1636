#pragma once

#include "common/fault.hpp"
#include "http/message/response.hpp"
#include "http/routing/attempt.hpp"

#include <cstdint>
#include <memory>
#include <string_view>

namespace musterd {

class shared_worker;
struct caller;

/// Where an answer goes: a connection in the server, a recorder in tests.
class response_sink {
 public:
  virtual ~response_sink() = default;
  /// Any thread. `ticket` is what the responder was made with; answers to an outdated one are dropped.
  virtual void deliver(std::uint64_t ticket, http_response&& response) = 0;
  /// Any thread; formats the fault in the error shape.
  virtual void deliver_fault(std::uint64_t ticket, const fault& f) = 0;
  /// Any thread: whether an answer to this ticket would still be sent.
  virtual bool wanted(std::uint64_t ticket) const = 0;
  /// Any thread: the answer to a change is known, though it may come too late to be sent.
  virtual void conclude(const change_attempt&, const attempt_end&) {}
  /// Any thread: who does what takes longer than a connection's thread has time; nobody in tests.
  virtual std::shared_ptr<shared_worker> worker() { return nullptr; }
  /// Any thread: the client has shown a token that is valid, and whose.
  virtual void recognize(const caller&) {}
  /// Any thread: a handler threw.
  virtual void report_failure(std::string_view correlation_id, std::string_view path,
                              std::string_view what) = 0;
};

/// Answers one request, once, from any thread. Destroyed unused it answers 500, so that no caller waits for
/// ever.
class responder {
 public:
  responder() = default;
  /// With an `attempt` the sink is told how it ended.
  responder(std::shared_ptr<response_sink> sink, std::uint64_t ticket,
            std::unique_ptr<change_attempt> attempt = {})
      : sink_{std::move(sink)}, ticket_{ticket}, attempt_{std::move(attempt)} {}
  responder(responder&&) noexcept = default;
  responder& operator=(responder&& other) noexcept {
    if (this != &other) {
      abandon();
      sink_ = std::move(other.sink_);
      ticket_ = other.ticket_;
      attempt_ = std::move(other.attempt_);
    }
    return *this;
  }
  ~responder() { abandon(); }

  void operator()(http_response response) {
    if (auto sink = std::move(sink_)) {
      if (attempt_)
        sink->conclude(*attempt_, {response.status, nullptr, response.replayed});
      sink->deliver(ticket_, std::move(response));
    }
  }
  void operator()(const fault& f) {
    if (auto sink = std::move(sink_)) {
      if (attempt_)
        sink->conclude(*attempt_, {http_status(f.kind), &f, false});
      sink->deliver_fault(ticket_, f);
    }
  }
  void operator()(outcome<http_response> result) {
    if (result)
      (*this)(std::move(*result));
    else
      (*this)(result.error());
  }

  explicit operator bool() const { return sink_ != nullptr; }
  /// False once somebody else has answered (a timeout, a server that stops): no use in starting work then.
  bool wanted() const { return sink_ && sink_->wanted(ticket_); }
  /// Null for what changes nothing.
  change_attempt* attempt() const { return attempt_.get(); }
  /// The sink alone, to report a failure after the responder has gone.
  const std::shared_ptr<response_sink>& sink() const { return sink_; }

 private:
  void abandon() noexcept;

  std::shared_ptr<response_sink> sink_;
  std::uint64_t ticket_ = 0;
  std::unique_ptr<change_attempt> attempt_;
};

}  // namespace musterd
