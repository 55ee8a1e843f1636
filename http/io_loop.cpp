#include "http/io_loop.hpp"

#include "http/session.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

namespace musterd {

void server_state::connection_closed() {
  if (--connections != 0 || !stopping)
    return;
  std::lock_guard lock{idle_mutex};
  idle.notify_all();
}

io_loop::io_loop(std::shared_ptr<server_state> state)
    : state_{std::move(state)}, work_{context_.get_executor()}, sweeper_{context_.get_executor()} {}

void io_loop::start() {
  sweep();
  thread_ = std::thread{[this] { run(); }};
}

void io_loop::run() {
  for (;;) {
    try {
      context_.run();
      return;
    } catch (const std::exception& e) {  // the connection concerned runs into its deadline
      report(e);
    }
  }
}

/// Out of memory, most likely: then even this may fail.
void io_loop::report(const std::exception& e) noexcept {
  try {
    state_->observer.on_failure({}, "http loop", e.what());
  } catch (...) {
  }
}

/// What a connection throws ends that one only.
template <class Work>
void io_loop::guard(session& concerned, Work work) {
  try {
    work();
  } catch (const std::exception& e) {
    concerned.abort();
    report(e);
  }
}

void io_loop::sweep() {
  now_ = clock::now();
  sweeper_.expires_after(state_->settings.sweep_interval);
  sweeper_.async_wait([this](boost::system::error_code error) {
    if (!error && !finished_)  // a timer that has already expired is past cancelling
      sweep();
  });
  for (auto i = sessions_.size();
       i-- > 0;) {  // backwards: a session that closes swaps the last one into its place
    auto keep = sessions_[i];
    guard(*keep, [&] { keep->check_deadline(now_); });
  }
}

void io_loop::adopt(accepted_connection accepted, bool refuse) {
  boost::asio::dispatch(context_, [this, refuse, accepted = std::move(accepted)]() mutable {
    auto added = std::make_shared<session>(shared_from_this(), std::move(accepted));
    added->slot = sessions_.size();
    sessions_.push_back(added);
    refuse ? added->refuse() : added->start();
  });
}

void io_loop::forget(session& closed, bool was_refused) {
  auto keep = std::move(sessions_[closed.slot]);
  if (closed.slot + 1 != sessions_.size()) {
    sessions_[closed.slot] = std::move(sessions_.back());
    sessions_[closed.slot]->slot = closed.slot;
  }
  sessions_.pop_back();
  if (was_refused) {
    --state_->refused_open;
    return;
  }
  state_->networks.close(closed.network());
  state_->connection_closed();
}

void io_loop::submit(std::shared_ptr<session> finished) {
  bool first = false;
  {
    std::lock_guard lock{answers_mutex_};
    if (closed_)
      return;
    first = answers_.empty();
    answers_.push_back(std::move(finished));
  }
  if (first)
    boost::asio::post(context_, [this] { send_answers(); });
}

void io_loop::send_answers() {
  {
    std::lock_guard lock{answers_mutex_};
    answers_.swap(sending_);
  }
  for (auto& finished : sending_)
    guard(*finished, [&] { finished->send_answer(); });
  sending_.clear();
}

void io_loop::drain() {
  boost::asio::post(context_, [this] {
    for (auto i = sessions_.size(); i-- > 0;) {
      auto keep = sessions_[i];
      keep->drain();
    }
  });
}

std::size_t io_loop::finish() {
  if (!thread_.joinable())
    return 0;
  boost::asio::post(context_, [this] {
    for (auto i = sessions_.size(); i-- > 0;) {
      auto keep = sessions_[i];
      cut_short_ += keep->abort();
    }
    {
      std::lock_guard lock{answers_mutex_};
      closed_ = true;
    }
    finished_ = true;
    sweeper_.cancel();
    work_.reset();
  });
  thread_.join();
  return cut_short_;
}

}  // namespace musterd
