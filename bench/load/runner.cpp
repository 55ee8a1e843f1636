#include "bench/load/runner.hpp"

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>

#include <sys/resource.h>

namespace musterd::bench {
namespace {

double own_cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

/// How long to wait for late answers at the end, and for a run that has no set duration.
constexpr std::chrono::seconds grace{10}, longest_once{600};

std::chrono::nanoseconds nanoseconds_of(double seconds) {
  return std::chrono::nanoseconds{static_cast<std::int64_t>(seconds * 1e9)};
}

}  // namespace

runner::runner(const options& o) : options_{o}, people_{o} {
  boost::asio::ip::tcp::endpoint to{boost::asio::ip::make_address(o.host), o.port};
  for (std::size_t i = 0; i < o.connections; ++i)
    connections_.push_back(std::make_unique<connection>(
        io_, to, o.tls, [this](connection& c, const answer& a) { on_answer(c, a); },
        [this](connection& c, const std::string& why) { on_failure(c, why); }));
}

report runner::run(const std::function<void(bool)>& measuring) {
  measuring_ = measuring;
  started_ = next_arrival_ = clock::now();
  measure_from_ = started_ + nanoseconds_of(options_.warm_up);
  end_ = options_.once ? clock::time_point::max() : measure_from_ + nanoseconds_of(options_.seconds);
  if (options_.warm_up <= 0)
    begin();
  for (auto& c : connections_)
    options_.rate > 0 ? idle_.push_back(c.get()) : dispatch(*c, clock::now());
  if (options_.rate > 0)
    arrivals();
  give_up_later();
  io_.run();
  finish();
  return report_;
}

void runner::begin() {
  measured_ = true;
  cpu_before_ = own_cpu_seconds();
  measuring_(true);
}

void runner::give_up_later() {
  last_call_.expires_at(options_.once ? started_ + longest_once : end_ + grace);
  last_call_.async_wait([this](boost::system::error_code error) {
    if (!error)
      io_.stop();
  });
}

/// In the open loop late answers count in full; in the closed loop the end cuts off what is in flight.
bool runner::counts(clock::time_point due, clock::time_point answered) const {
  return measured_ && due >= measure_from_ && (options_.rate > 0 ? due < end_ : answered < end_);
}

bool runner::over() const {
  return ended_ || clock::now() >= end_ || (options_.once && !people_.anyone_free());
}

/// Every request has its due time, whatever happened to those before it.
void runner::arrivals() {
  auto now = clock::now();
  if (now >= end_)
    return;
  for (auto step = nanoseconds_of(1 / options_.rate); next_arrival_ <= now; next_arrival_ += step) {
    if (idle_.empty() || !people_.anyone_free()) {
      due_.push_back(next_arrival_);
      report_.delayed += measured_;
      continue;
    }
    auto* free = idle_.back();
    idle_.pop_back();
    dispatch(*free, next_arrival_);
  }
  timer_.expires_at(std::min(next_arrival_, end_));
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error)
      arrivals();
  });
}

void runner::dispatch(connection& over, clock::time_point due) {
  if (!people_.anyone_free())
    return;
  under_way_[&over] = {people_.plan(over.request()), due};
  ++in_flight_;
  over.send();
}

void runner::on_answer(connection& from, const answer& what) {
  auto now = clock::now();
  --in_flight_;
  auto& asked = under_way_[&from];
  if (!measured_ && now >= measure_from_)
    begin();
  auto right = what.status == asked.what.expected_status;
  if (!right)
    note_wrong(fmt::format("{} {}", what.status, what.body));
  else if (++answers_ % options_.check_every == 0)
    if (auto problem = people_.check(asked.what, what.body); !problem.empty()) {
      right = false;
      note_wrong(std::move(problem));
    }
  if (right && counts(asked.due, now))
    report_.latency.add(static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(now - asked.due).count()));
  people_.done(asked.what, right);
  if (options_.count > 0 && report_.latency.total() >= options_.count && !ended_) {
    ended_ = true;
    end_ = now;
    timer_.cancel();
    due_.clear();
  }
  if (!over() || !due_.empty())
    next_for(from);
  if (in_flight_ == 0 && over())
    io_.stop();
}

void runner::next_for(connection& free) {
  if (options_.rate <= 0)
    return dispatch(free, clock::now());
  if (due_.empty()) {
    idle_.push_back(&free);
    return;
  }
  auto due = due_.front();
  due_.pop_front();
  dispatch(free, due);
}

void runner::on_failure(connection& from, const std::string& why) {
  note_wrong("the connection failed: " + why);
  people_.done(under_way_[&from].what, false);
  if (--in_flight_ == 0)
    io_.stop();
}

void runner::note_wrong(std::string why) {
  if (report_.wrong++ == 0)
    report_.first_wrong = std::move(why);
}

void runner::finish() {
  auto now = clock::now();
  report_.client_cpu_seconds = own_cpu_seconds() - cpu_before_;
  report_.unanswered = in_flight_ + due_.size();
  auto until = options_.once ? now : std::min(now, end_);
  report_.seconds = std::chrono::duration<double>(until - std::max(measure_from_, started_)).count();
  measuring_(false);
}

}  // namespace musterd::bench
