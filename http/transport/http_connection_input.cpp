#include "http/message/error_body.hpp"
#include "http/transport/http_connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/http/error.hpp>

#include <cstring>

namespace musterd {
namespace {

namespace beast_http = boost::beast::http;
constexpr std::size_t first_input = 4 * 1024;
constexpr std::size_t body_input = 32 * 1024;
/// Requests answered before other connections of the loop get a turn.
constexpr int requests_in_a_turn = 4;

}  // namespace

/// Frees the buffer's tail. False if it holds more than any header may have.
bool http_connection::make_room() {
  if (begin_ == end_) {
    begin_ = end_ = 0;
    if (in_.size() > body_input && !parser_)
      in_ = {};
  } else if (end_ == in_.size()) {
    std::memmove(in_.data(), in_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  auto wanted = parser_ && parser_->is_header_done() ? body_input : first_input;
  if (end_ == in_.size())
    wanted = std::max(wanted, 2 * in_.size());
  wanted = std::min(wanted, std::max<std::size_t>(2 * loop_->state().settings.max_header_bytes, body_input));
  if (in_.size() < wanted)
    in_.resize(wanted);
  return end_ < in_.size();
}

void http_connection::read_more() {
  if (read_pending_)
    return;
  if (!make_room()) {
    reject(400, {fault_kind::invalid, "MALFORMED_REQUEST", "The request cannot be read.", {}, {}, {}});
    return;
  }
  read_pending_ = true;
  stream_.async_read_some(in_.data() + end_, in_.size() - end_,
                          [self = shared_from_this()](boost::system::error_code error, std::size_t count) {
                            self->read_pending_ = false;
                            self->on_read(error, count);
                          });
}

void http_connection::on_read(const boost::system::error_code& error, std::size_t count) {
  if (phase_ == phase::lingering) {
    if (error)
      close();
    else
      read_more();
    return;
  }
  if (phase_ != phase::reading)
    return;
  if (error) {
    close();
    return;
  }
  end_ += count;
  work();
}

/// Parses and answers while there is input and nothing to wait for; yields after a few requests.
void http_connection::work() {
  for (int begun = 0; phase_ == phase::reading && !hold_back() && parse_some();) {
    if (++begun < requests_in_a_turn || phase_ != phase::reading)
      continue;
    boost::asio::post(loop_->context(), [self = shared_from_this()] { self->work(); });
    return;
  }
  if (phase_ == phase::reading && !held_back_)
    read_more();
}

/// No request is begun while too many answers are waiting to be sent; the next sweep checks again.
bool http_connection::hold_back() {
  held_back_ = !parser_ && loop_->state().output.is_full();
  return held_back_;
}

/// False if more input is needed, or the connection can be read no further.
bool http_connection::parse_some() {
  if (!parser_) {
    while (begin_ < end_ && (in_[begin_] == '\r' || in_[begin_] == '\n'))
      ++begin_;  // RFC 9112: ignore an empty line before a request
    if (begin_ == end_)
      return false;
    begin_request();
  }
  if (begin_ == end_)
    return false;
  boost::system::error_code error;
  auto used = parser_->read({in_.data() + begin_, end_ - begin_}, error);
  begin_ += used;
  if (!hold_body()) {
    reject(503, busy("Too many large requests."));
    return false;
  }
  if (error && error != beast_http::error::need_more) {
    reject(error);
    return false;
  }
  if (parser_->is_done()) {
    dispatch();
    return true;
  }
  if (parser_->is_header_done()) {
    encourage();
    return false;
  }
  header_bytes_ += used;
  if (header_bytes_ + (end_ - begin_) > loop_->state().settings.max_header_bytes)
    reject(beast_http::error::header_limit);
  return false;
}

void http_connection::begin_request() {
  const auto& settings = loop_->state().settings;
  request_ = {};
  request_.client_address = client_address_;
  header_bytes_ = 0;
  encouraged_ = false;
  parser_.emplace(request_, [this](const http_request& r) { return largest_body(r); });
  parser_->eager(true);
  parser_->header_limit(settings.max_header_bytes);
  parser_->body_limit(settings.max_body_bytes);
  current_.since = io_loop::clock::now();
  deadline_in(settings.request_timeout);
}

/// Little without a token: open routes need no more, and anything else will be a 401.
std::uint64_t http_connection::largest_body(const http_request& request) const {
  const auto& state = loop_->state();
  const auto* asked = state.routes.find(request.method, request.target).found;
  bool open = asked != nullptr && asked->access.kind == access_kind::open;
  return open || request.authorization.empty()
             ? std::min(state.settings.max_open_body_bytes, state.settings.max_body_bytes)
             : state.settings.max_body_bytes;
}

/// False if unanswered bodies take all the room there is, or all of this network's share.
bool http_connection::hold_body() {
  auto size = request_.body.size();
  if (size <= loop_->state().settings.max_open_body_bytes || size <= body_held_)
    return true;
  if (!loop_->state().bodies.take(budget_network(), size - body_held_))
    return false;
  body_held_ = size;
  return true;
}

void http_connection::release_body() {
  if (auto held = std::exchange(body_held_, 0))
    loop_->state().bodies.give_back(budget_network(), held);
}

/// Expect: 100-continue. The client waits for this before it sends the body.
void http_connection::encourage() {
  if (!parser_->expects_continue() || begin_ != end_ || std::exchange(encouraged_, true))
    return;
  stream_.interject("HTTP/1.1 100 Continue\r\n\r\n");
}

void http_connection::reject(const boost::system::error_code& error) {
  auto as = [](fault_kind kind, const char* code, const char* message) {
    return fault{kind, code, message, {}, {}, {}};
  };
  if (error == beast_http::error::header_limit)
    reject(431, as(fault_kind::too_large, "HEADERS_TOO_LARGE", "The request's headers are too large."));
  else if (error == beast_http::error::body_limit)
    reject(413, as(fault_kind::too_large, "PAYLOAD_TOO_LARGE", "The request's body is too large."));
  else
    reject(400, as(fault_kind::invalid, "MALFORMED_REQUEST", "This is not a well-formed HTTP/1.1 request."));
}

/// Answers a request that cannot be read to its end, and closes.
void http_connection::reject(int status, const fault& f) {
  if (request_.correlation_id.empty())
    request_.correlation_id = to_string(uuid::generate());
  auto now = io_loop::clock::now();
  auto response = error_response(status, f, request_.correlation_id, wall_clock_now());
  current_.keep_alive = current_.http10 = false;
  note_way();
  append_response(out_, response, frame_of(request_.correlation_id, false));
  auto& observer = loop_->state().observer;
  if (refused_)
    observer.on_connection_refused();
  else
    observer.on_request({http_observer::no_route, request_.method, status, now - current_.since, out_.size(),
                         request_.target.path(), request_.correlation_id, client_address_});
  parser_.reset();
  begin_sending();
  flush();
}

}  // namespace musterd
