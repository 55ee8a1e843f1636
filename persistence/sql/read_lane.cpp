#include "persistence/sql/read_lane.hpp"

#include "persistence/sql/connection.hpp"
#include "persistence/sql/statement.hpp"

#include <stdexcept>
#include <utility>

namespace musterd {
namespace {

/// Whether the server has ended the connection or is about to: failover, restart, an operator.
bool is_lost(const pqxx::failure& e) {
  if (dynamic_cast<const pqxx::broken_connection*>(&e) != nullptr)
    return true;
  const auto* refused = dynamic_cast<const pqxx::sql_error*>(&e);
  return refused != nullptr && is_connection_spent(refused->sqlstate());
}

}  // namespace

read_lane::read_lane(read_lane_settings settings) : settings_{std::move(settings)} {
  for (std::size_t i = 0; i < settings_.threads; ++i)
    threads_.emplace_back([this, &w = workers_.emplace_back()] { serve(w); });
  serving_ = settings_.threads;
}

read_lane::~read_lane() {
  stop();
}

bool read_lane::submit(read_job job) {
  {
    std::lock_guard lock{mutex_};
    if (stopping_ || waiting_.size() >= settings_.max_waiting) {
      ++refused_;
      return false;
    }
    auto now = clock::now();
    waiting_.push_back({std::move(job), now, now + settings_.deadline});
  }
  changed_.notify_one();
  return true;
}

read_lane::clock::time_point read_lane::end_overdue(clock::time_point now) {
  std::vector<entry> too_late;
  // Nothing submitted from now on is overdue earlier.
  auto next = now + settings_.deadline;
  {
    std::lock_guard lock{mutex_};
    while (!waiting_.empty() && waiting_.front().deadline <= now) {
      too_late.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    if (!waiting_.empty())
      next = std::min(next, waiting_.front().deadline);
    for (auto& w : workers_)
      if (w.running_until && *w.running_until <= now) {
        ++overdue_;
        w.running_until.reset();
        w.socket.off();
      } else if (w.running_until) {
        next = std::min(next, *w.running_until);
      }
  }
  overdue_ += too_late.size();
  for (const auto& e : too_late)
    e.job.failed(std::runtime_error{"the database did not come to it in time"});
  return next;
}

void read_lane::stop() {
  std::deque<entry> dropped;
  {
    std::lock_guard lock{mutex_};
    stopping_ = true;
    dropped.swap(waiting_);
    for (auto& w : workers_)
      w.socket.off();
  }
  cut_.request_stop();
  changed_.notify_all();
  for (const auto& e : dropped)
    e.job.failed(std::runtime_error{"the server stops"});
}

bool read_lane::wait_until_ended(clock::time_point deadline) {
  std::unique_lock lock{mutex_};
  return ended_.wait_until(lock, deadline, [this] { return serving_ == 0; });
}

std::size_t read_lane::waiting() const {
  std::lock_guard lock{mutex_};
  return waiting_.size();
}

void read_lane::serve(worker& w) {
  while (wait_for_work())
    // Waiting jobs can still be failed while this connects, however long that takes.
    if (connect(w))
      if (auto work = take(w))
        perform(w, *work);
  disconnect(w);
  std::lock_guard lock{mutex_};
  --serving_;
  ended_.notify_all();
}

bool read_lane::wait_for_work() {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
  return !stopping_;
}

/// If connecting fails, so does the first job in the queue, provided it was there when the attempt began: for
/// later jobs the reason may be outdated.
bool read_lane::connect(worker& w) {
  if (w.db && w.db->is_open())
    return true;
  const auto began = clock::now();
  try {
    disconnect(w);
    w.db = open_connection(settings_.database_url, settings_.session, cut_.get_token());
    switch_on(w);
    keep_prepared(*w.db);
    w.opened = began;
    std::lock_guard lock{mutex_};
    w.running_until.reset();
    return true;
  } catch (const std::exception& e) {
    disconnect(w);
    if (auto unlucky = take(w, began)) {
      unlucky->job.failed(e);
      std::lock_guard lock{mutex_};
      w.running_until.reset();
    }
    return false;
  }
}

/// From now on `stop` and `end_overdue` can cut the connection.
void read_lane::switch_on(worker& w) {
  std::lock_guard lock{mutex_};
  w.socket = socket_switch{w.db->sock()};
  w.running_until = clock::now() + settings_.deadline;
  if (stopping_)
    w.socket.off();
}

void read_lane::disconnect(worker& w) {
  {
    std::lock_guard lock{mutex_};
    w.socket = socket_switch{};
    w.running_until.reset();
  }
  forget_prepared();
  w.db.reset();
}

std::optional<read_lane::entry> read_lane::take(worker& w, clock::time_point submitted_by) {
  std::lock_guard lock{mutex_};
  if (stopping_ || waiting_.empty() || waiting_.front().submitted > submitted_by)
    return std::nullopt;
  auto work = std::move(waiting_.front());
  waiting_.pop_front();
  w.running_until = work.deadline;
  return work;
}

void read_lane::perform(worker& w, entry& work) {
  auto opened = std::exchange(w.opened, std::nullopt);
  const bool fresh = opened && *opened >= work.submitted;
  auto ended = [&] {
    std::lock_guard lock{mutex_};
    w.running_until.reset();
  };
  try {
    {
      w.plans.before_use(*w.db);
      pqxx::nontransaction tx{*w.db};
      work.job.run(tx);
    }
    ended();
  } catch (const pqxx::failure& e) {
    ended();
    auto lost = is_lost(e) || !w.db->is_open();
    if (lost)
      disconnect(w);
    // A connection that broke while idle, or before its first use, only shows it at the next use: retry once
    // with a new one.
    if (!lost || fresh || !put_back(work))
      work.job.failed(e);
  } catch (const std::exception& e) {
    ended();
    work.job.failed(e);
  }
}

bool read_lane::put_back(entry& work) {
  {
    std::lock_guard lock{mutex_};
    if (stopping_ || work.deadline <= clock::now())
      return false;
    waiting_.push_front(std::move(work));
  }
  changed_.notify_one();
  return true;
}

}  // namespace musterd
