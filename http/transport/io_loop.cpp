#include "http/transport/io_loop.hpp"

#include "http/transport/http_connection.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

namespace musterd {

std::optional<std::string> server_state::admit(std::string_view address) {
  if (connections.load() >= settings.max_connections)
    return std::nullopt;
  auto network = networks.open(address);
  if (network)
    ++connections;
  return network;
}

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

/// Probably out of memory, in which case even this may fail.
void io_loop::report(const std::exception& e) noexcept {
  try {
    state_->observer.on_failure({}, "http loop", e.what());
  } catch (...) {
  }
}

/// An exception from a connection's work ends that connection only.
template <class Work>
void io_loop::guard(http_connection& concerned, Work work) {
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
    if (!error && !finished_)  // an expired timer can no longer be cancelled
      sweep();
  });
  for (auto i = connections_.size();
       i-- > 0;) {  // backwards: a connection that closes swaps the last one into its slot
    auto keep = connections_[i];
    guard(*keep, [&] { keep->check_deadline(now_); });
  }
}

/// Closes the network's longest-waiting connection, those without a valid token first, so that one client's
/// idle or half-sent requests do not lock out others behind the address.
bool io_loop::make_way(accepted_connection& newcomer) {
  if (state_->connections.load() >= state_->settings.max_connections)
    return false;
  auto network = counted_network(newcomer.address);
  auto rank = [](const auto& s) { return std::pair{s->is_known(), s->waiting_since()}; };
  std::shared_ptr<http_connection> least;
  for (const auto& s : connections_)
    if (s->is_dispensable() && s->network() == network && (!least || rank(s) < rank(least)))
      least = s;
  if (!least)
    return false;
  least->abort();
  auto room = state_->admit(newcomer.address);
  if (room)
    newcomer.network = std::move(*room);
  return room.has_value();
}

void io_loop::adopt(accepted_connection accepted, bool has_room) {
  boost::asio::dispatch(context_, [this, has_room, accepted = std::move(accepted)]() mutable {
    bool made_way = !has_room && make_way(accepted);
    if (made_way)
      --state_->refused_open;
    auto added = std::make_shared<http_connection>(shared_from_this(), std::move(accepted));
    added->slot = connections_.size();
    connections_.push_back(added);
    has_room || made_way ? added->start() : added->refuse();
  });
}

void io_loop::forget(http_connection& closed, bool was_refused) {
  auto keep = std::move(connections_[closed.slot]);
  if (closed.slot + 1 != connections_.size()) {
    connections_[closed.slot] = std::move(connections_.back());
    connections_[closed.slot]->slot = closed.slot;
  }
  connections_.pop_back();
  if (was_refused) {
    --state_->refused_open;
    return;
  }
  state_->networks.close(closed.network());
  state_->connection_closed();
}

void io_loop::submit(std::shared_ptr<http_connection> finished) {
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

void io_loop::run_soon(std::function<void()> work) {
  std::lock_guard lock{answers_mutex_};
  if (!closed_)  // otherwise it would keep what it holds forever: nobody would run it
    boost::asio::post(context_, std::move(work));
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
    for (auto i = connections_.size(); i-- > 0;) {
      auto keep = connections_[i];
      keep->drain();
    }
  });
}

std::size_t io_loop::finish() {
  if (!thread_.joinable())
    return 0;
  boost::asio::post(context_, [this] {
    for (auto i = connections_.size(); i-- > 0;) {
      auto keep = connections_[i];
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
