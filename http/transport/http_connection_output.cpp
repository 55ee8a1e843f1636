#include "http/transport/http_connection.hpp"

#include <boost/asio/buffer.hpp>

namespace musterd {
namespace {

constexpr std::size_t kept_output = output_budget::small_answer;
constexpr std::size_t longest_turn = 1024 * 1024;
/// Taking less than this by the deadline is not reading.
constexpr std::size_t least_progress = 64 * 1024;
/// Less is not worth moving the rest.
constexpr std::size_t least_dropped = 64 * 1024;
constexpr std::chrono::milliseconds linger_time{1000};
constexpr std::chrono::milliseconds linger_time_stopping{200};

}  // namespace

void http_connection::begin_sending() {
  phase_ = phase::writing;
  release_body();
  taken_ = 0;
  last_taken_ = loop_->coarse_now();
  allow_time();
  deadline_in(loop_->state().settings.write_timeout);
}

void http_connection::flush() {
  boost::system::error_code error;
  for (std::size_t turn = 0; sent_ < out_.size() || refill();) {
    auto count = stream_.write_some(std::string_view{out_}.substr(sent_), error);
    sent_ += count;
    turn += count;
    if (count > 0)
      last_taken_ = loop_->coarse_now();
    // Between parts of a long file, other connections of the loop get a turn.
    if (error == boost::asio::error::would_block || error == boost::asio::error::try_again ||
        (!error && rest_ && turn > longest_turn)) {
      taken_ += turn;
      drop_sent();
      wait_to_write();
      return;
    }
    if (error) {
      close();
      return;
    }
  }
  if (rest_ && rest_at_ < rest_->size()) {  // it became shorter: the client must not take it as complete
    close();
    return;
  }
  rest_.reset();
  sent_ = 0;
  out_.clear();
  if (out_.capacity() > kept_output)
    out_.shrink_to_fit();
  account_output();
  if (!current_.keep_alive || loop_->state().stopping.load(std::memory_order_relaxed)) {
    linger();
    return;
  }
  await_request();
}

/// Without a valid token the idle timeout is shorter.
void http_connection::await_request() {
  const auto& settings = loop_->state().settings;
  phase_ = phase::reading;
  waiting_since_ = loop_->coarse_now();
  deadline_in(known_ ? settings.idle_timeout
                     : std::min(settings.idle_timeout, settings.stranger_idle_timeout));
}

/// Fetches the next piece of a long body; false if there is none.
bool http_connection::refill() {
  if (!rest_ || rest_at_ >= rest_->size())
    return false;
  sent_ = 0;
  out_.clear();
  bool there = rest_->append_piece(out_, rest_at_);
  rest_at_ += out_.size();
  account_output();
  allow_time();
  return there;
}

void http_connection::allow_time() {
  const auto& settings = loop_->state().settings;
  due_when_scarce_ = loop_->coarse_now() + settings.patience_when_scarce +
                     std::chrono::seconds{out_.size() / settings.least_rate_when_scarce};
}

/// Only once half is sent, so that no more is moved in total than there was.
void http_connection::drop_sent() {
  if (sent_ < least_dropped || 2 * sent_ < out_.size())
    return;
  out_ = out_.substr(std::exchange(sent_, 0));
  account_output();
}

void http_connection::account_output() {
  auto now = out_.empty() ? 0 : out_.capacity();
  loop_->state().output.change(accounted_for_, accounted_, now);
  accounted_ = now;
}

/// Reads nothing, or too slowly, while output is scarce.
bool http_connection::is_stuck(io_loop::clock::time_point now) const {
  return phase_ == phase::writing &&
         (now - last_taken_ > loop_->state().settings.longest_pause_when_scarce || now > due_when_scarce_) &&
         loop_->state().output.is_scarce();
}

void http_connection::wait_to_write() {
  if (taken_ >= least_progress) {
    taken_ = 0;
    deadline_in(loop_->state().settings.write_timeout);
  }
  stream_.async_wait_to_write([self = shared_from_this()](boost::system::error_code) {
    if (self->phase_ != phase::writing)
      return;
    self->flush();
    self->work();
  });
}

/// Closing while the client still sends would reset the connection and lose the answer: read until it has
/// seen our end.
void http_connection::linger() {
  phase_ = phase::lingering;
  stream_.finish_sending();
  deadline_in(loop_->state().stopping ? linger_time_stopping : linger_time);
  begin_ = end_ = 0;
  read_more();
}

}  // namespace musterd
