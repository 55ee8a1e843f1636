#pragma once

#include "common/known_fault.hpp"
#include "http/message/response.hpp"
#include "http/routing/access/attempt.hpp"

#include <cstdint>
#include <memory>
#include <string_view>

namespace musterd {

class shared_worker;
struct caller;

/// Where an answer goes: a connection in the server, a recorder in tests. Any thread may call it.
class response_sink {
 public:
  virtual ~response_sink() = default;
  /// `ticket` is the one the responder was made with; answers to a stale one are dropped.
  virtual void deliver(std::uint64_t ticket, http_response&& response) = 0;
  /// Formats the fault in the API's error shape.
  virtual void deliver_fault(std::uint64_t ticket, const fault& f) = 0;
  /// Whether an answer to this ticket would still be sent.
  virtual bool wanted(std::uint64_t ticket) const = 0;
  /// The outcome of a change is known, though its answer may be too late to send.
  virtual void conclude(const change_attempt&, const attempt_end&) {}
  /// Runs work that is too long for a connection's thread; null in tests and once the server has stopped.
  virtual std::shared_ptr<shared_worker> worker() { return nullptr; }
  /// The client has shown a valid token, this caller's.
  virtual void recognize(const caller&) {}
  /// A handler threw.
  virtual void report_failure(std::string_view correlation_id, std::string_view path,
                              std::string_view what) = 0;
};

/// Answers one request, once, from any thread. Destroyed unused, it answers 500, so that no client waits
/// forever.
class responder {
 public:
  responder() = default;
  /// If there is an `attempt`, the sink is told its outcome.
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
  void operator()(const known_fault& f) { (*this)(static_cast<fault>(f)); }
  void operator()(outcome<http_response> result) {
    if (result)
      (*this)(std::move(*result));
    else
      (*this)(result.error());
  }

  explicit operator bool() const { return sink_ != nullptr; }
  /// False once the request has been answered otherwise (timeout, shutdown): no use starting work then.
  bool wanted() const { return sink_ && sink_->wanted(ticket_); }
  /// Null for requests that change nothing.
  change_attempt* attempt() const { return attempt_.get(); }
  /// To report a failure after the responder is gone.
  const std::shared_ptr<response_sink>& sink() const { return sink_; }

 private:
  void abandon() noexcept;

  std::shared_ptr<response_sink> sink_;
  std::uint64_t ticket_ = 0;
  std::unique_ptr<change_attempt> attempt_;
};

}  // namespace musterd
