#include "http/transport/http_connection.hpp"

#include "common/observation/log.hpp"
#include "common/observation/trace.hpp"
#include "http/message/error_body.hpp"
#include "http/routing/call.hpp"
#include "http/transport/gate.hpp"

namespace musterd {
namespace {

constexpr std::chrono::milliseconds time_for_late_answers{1000};

/// The connection whose request this thread is dispatching: an answer given meanwhile needs no hand-over.
thread_local const http_connection* dispatching = nullptr;

struct dispatching_guard {
  explicit dispatching_guard(const http_connection* s) { dispatching = s; }
  ~dispatching_guard() { dispatching = nullptr; }
};

bool changes_something(verb method) {
  return method == verb::post || method == verb::put || method == verb::patch || method == verb::del;
}

/// Null for a read.
std::unique_ptr<change_attempt> attempt_of(const http_request& request, const route* asked) {
  if (asked == nullptr || !changes_something(request.method))
    return {};
  auto result = std::make_unique<change_attempt>();
  result->asked = asked;
  result->ctx = context_of({}, request);
  for (const auto& p : asked->parameters)
    if (p.name == "userId")
      result->user_id = request.target.segment(p.segment);
  return result;
}

/// Adds a `decisionId` to a 403 that has none, to find it in the log at least.
fault with_decision(const fault& f, std::string_view correlation_id) {
  auto result = f;
  auto id = to_string(uuid::generate());
  log::warn({"access", "denied", correlation_id}, "{}, decision {}", f.code, id);
  result.details = raw_json{R"({"decisionId":")" + id + "\"}"};
  return result;
}

struct delivering_guard {
  std::atomic<std::size_t>& count;
  explicit delivering_guard(server_state& state) : count{state.delivering} { ++count; }
  ~delivering_guard() { --count; }
};

}  // namespace

http_connection::http_connection(std::shared_ptr<io_loop> loop, accepted_connection connection)
    : loop_{std::move(loop)}, stream_{std::move(connection.socket)},
      client_address_{std::move(connection.address)}, network_{std::move(connection.network)},
      is_proxy_{loop_->state().networks.is_proxy(client_address_)}, known_{is_proxy_},
      waiting_since_{loop_->coarse_now()} {}

http_connection::~http_connection() {
  out_ = {};
  account_output();
  release_body();
}

/// Clients behind a proxy all look the same: only the total and per-user limits apply.
const std::string& http_connection::budget_network() const {
  static const std::string nobody;
  return is_proxy_ ? nobody : network_;
}

void http_connection::deadline_in(std::chrono::milliseconds time) {
  deadline_ = loop_->coarse_now() + time + loop_->state().settings.sweep_interval;
}

void http_connection::check_deadline(io_loop::clock::time_point now) {
  if (is_stuck(now)) {
    close();
    return;
  }
  if (now < deadline_) {
    if (held_back_)
      work();
    return;
  }
  switch (phase_) {
    case phase::reading:
      if (parser_)
        reject(408, {fault_kind::request_timeout,
                     "REQUEST_TIMEOUT",
                     "The request took too long to arrive.",
                     {},
                     {},
                     {}});
      else
        close();
      break;
    case phase::shaking_hands: close(); break;
    case phase::handling:
      if (claim(last_ticket_)) {
        finish_claimed(error_response(outcome_unknown(), current_.correlation_id, wall_clock_now()));
      } else if (std::exchange(overdue_, true)) {
        close();  // its answer was claimed but never came
      } else {
        deadline_in(time_for_late_answers);
      }
      break;
    case phase::writing:
    case phase::lingering: close(); break;
    case phase::closed: break;
  }
}

void http_connection::dispatch() {
  auto& state = loop_->state();
  phase_ = phase::handling;
  overdue_ = false;
  asked_by_ = 0;
  deadline_in(state.settings.handling_timeout);
  current_.keep_alive = parser_->keep_alive();
  current_.http10 = parser_->http10();
  current_.method = request_.method;
  if (request_.correlation_id.empty())
    request_.correlation_id = to_string(uuid::generate());
  if (!request_.traceparent || !is_traceparent(*request_.traceparent))
    request_.traceparent = new_traceparent();
  // When it is complete, not when its first byte arrived: until then nothing was asked.
  request_.received_at = wall_clock_now();
  request_.header_fault = parser_->header_fault();
  if (!state.settings.trusted_proxies.empty())
    request_.client_address =
        musterd::client_address(client_address_, parser_->forwarding(), state.settings.trusted_proxies);
  note_way();
  parser_.reset();

  auto match = state.routes.find(request_.method, request_.target);
  current_.route = match.found != nullptr ? match.found->index : http_observer::no_route;
  current_.path.assign(request_.target.path());
  current_.correlation_id.assign(request_.correlation_id);
  current_.traceparent.assign(*request_.traceparent);
  current_.received_at = request_.received_at;
  current_.client_address.assign(request_.client_address);
  current_.counted = match.found != nullptr && !match.found->even_when_busy;
  auto in_flight = current_.counted ? ++state.in_flight : 0;
  auto ticket = ++last_ticket_;
  open_ticket_.store(ticket, std::memory_order_release);

  {
    dispatching_guard guard{this};
    responder respond{shared_from_this(), ticket, attempt_of(request_, match.found)};
    if (auto refused = refuse_at_gate(request_, match, !current_.allowed_origin.empty()))
      respond(std::move(*refused));
    else if (in_flight > state.settings.max_in_flight)
      respond(busy("Too many requests in flight."));
    else
      call_handler(state.access, std::move(request_), *match.found, std::move(respond),
                   state.settings.digest_key);
  }
  if (std::exchange(answered_inline_, false)) {
    begin_sending();
    flush();
  }
}

/// Notes what the answer's headers depend on, as far as the request has been read.
void http_connection::note_way() {
  const auto& settings = loop_->state().settings;
  current_.by_https = settings.tls != nullptr ||
                      (is_proxy_ && parser_ &&
                       came_by_https(client_address_, parser_->forwarding(), settings.trusted_proxies));
  current_.allowed_origin = settings.origins.allowed(request_.origin);
}

response_frame http_connection::frame_of(std::string_view correlation_id, bool head_request) const {
  const auto& settings = loop_->state().settings;
  return {correlation_id,
          head_request,
          current_.keep_alive,
          current_.http10,
          current_.by_https ? settings.hsts : std::chrono::seconds{0},
          current_.allowed_origin,
          settings.origins.is_on()};
}

void http_connection::recognize(const caller& who) {
  known_ = true;
  asked_by_ = std::hash<uuid>{}(who.actor);
}

bool http_connection::claim(std::uint64_t ticket) {
  return ticket != 0 && open_ticket_.compare_exchange_strong(ticket, 0, std::memory_order_acq_rel);
}

void http_connection::deliver(std::uint64_t ticket, http_response&& response) {
  delivering_guard guard{loop_->state()};
  if (claim(ticket))
    finish_claimed(response);
}

void http_connection::deliver_fault(std::uint64_t ticket, const fault& f) {
  delivering_guard guard{loop_->state()};
  if (!claim(ticket))
    return;
  trace_scope tracing{current_.traceparent, current_.correlation_id, current_.received_at};
  bool unnamed = f.kind == fault_kind::forbidden && !f.details;
  finish_claimed(error_response(unnamed ? with_decision(f, current_.correlation_id) : f,
                                current_.correlation_id, wall_clock_now()));
}

void http_connection::finish_claimed(const http_response& response) {
  accounted_for_.network = budget_network();
  accounted_for_.user = asked_by_.load();
  if (hold_output(response))
    send_claimed(response);
  else
    send_claimed(error_response(busy("Too much of earlier answers waits to be read."),
                                current_.correlation_id, wall_clock_now()));
}

/// False if there is no room for a large GET answer, which can simply be retried.
bool http_connection::hold_output(const http_response& response) {
  auto size = response.rest ? std::min(response.rest->size(), long_body::piece) : response.body.size();
  if (current_.method != verb::get || size <= output_budget::small_answer)
    return true;
  if (!loop_->state().output.take(accounted_for_, size))
    return false;
  accounted_ = size;
  return true;
}

/// Formats on the answering thread: the loop is busy enough sending.
void http_connection::send_claimed(const http_response& response) {
  auto& state = loop_->state();
  current_.keep_alive = current_.keep_alive && !state.stopping.load(std::memory_order_relaxed);
  append_response(out_, response, frame_of(current_.correlation_id, current_.method == verb::head));
  if (current_.method != verb::head)
    rest_ = response.rest;
  rest_at_ = 0;
  account_output();
  std::optional<trace_scope> tracing;
  if (log::enabled(log::level::debug))
    tracing.emplace(current_.traceparent, current_.correlation_id, current_.received_at);
  state.observer.on_request({current_.route, current_.method, response.status,
                             io_loop::clock::now() - current_.since, out_.size(), current_.path,
                             current_.correlation_id, current_.client_address});
  if (current_.counted)
    --state.in_flight;
  if (dispatching == this)
    answered_inline_ = true;
  else
    loop_->submit(shared_from_this());
}

void http_connection::conclude(const change_attempt& attempt, const attempt_end& end) {
  delivering_guard guard{loop_->state()};
  if (!loop_->state().stopped.load())
    loop_->state().observer.on_attempt(attempt, end);
}

void http_connection::report_failure(std::string_view correlation_id, std::string_view path,
                                     std::string_view what) {
  delivering_guard guard{loop_->state()};
  if (!loop_->state().stopped.load())
    loop_->state().observer.on_failure(correlation_id, path, what);
}

void http_connection::send_answer() {
  if (phase_ != phase::handling)
    return;
  begin_sending();
  flush();
  work();
}

void http_connection::drain() {
  if (phase_ == phase::shaking_hands ||
      (phase_ == phase::reading && !parser_ && (begin_ == end_ || held_back_)))
    close();
}

bool http_connection::abort() {
  bool cut_short =
      phase_ == phase::handling || phase_ == phase::writing || (phase_ == phase::reading && parser_);
  close();
  return cut_short;
}

void http_connection::close() {
  if (phase_ == phase::closed)
    return;
  bool shook_hands = phase_ == phase::shaking_hands;
  bool flooded = !shook_hands && stream_.is_flooded();
  phase_ = phase::closed;
  if (open_ticket_.exchange(0) != 0 && current_.counted)
    --loop_->state().in_flight;
  stream_.close();
  release_body();
  loop_->forget(*this, refused_);
  if (shook_hands)
    loop_->state().observer.on_handshake(false);
  if (flooded)
    loop_->state().observer.on_handshake_flood();
}

}  // namespace musterd
