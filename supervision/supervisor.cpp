#include "supervision/supervisor.hpp"

#include "common/observation/log.hpp"

#include <caf/send.hpp>

#include <algorithm>

namespace musterd {
namespace {

/// For optional children: beyond this they count as failed, and are started every half a minute.
constexpr restart_policy optional_policy{restart_strategy::one_for_one, 5, std::chrono::seconds{300},
                                         std::chrono::milliseconds{100}, std::chrono::milliseconds{30'000}};
/// A supervisor kills its children this long before it is killed itself, so that it can still report them.
constexpr std::chrono::milliseconds time_to_report{250};
/// A child asked to end is killed after this; not a supervisor, which has children to wait for.
constexpr std::chrono::seconds time_to_end{15};

/// Empty if a supervisor could not report.
std::vector<std::string> killed_by(std::future<std::vector<std::string>>& said) {
  if (!said.valid() || said.wait_for(std::chrono::seconds{0}) != std::future_status::ready)
    return {};
  try {
    return said.get();
  } catch (const std::future_error&) {
    return {};
  }
}

}  // namespace

supervisor::supervisor(caf::actor_config& config, supervision_tree* tree, std::string path,
                       restart_policy policy, std::vector<child_spec> children)
    : caf::event_based_actor{config}, tree_{tree}, path_{std::move(path)}, policy_{policy}, budget_{policy} {
  for (auto& spec : children)
    children_.push_back({std::move(spec), {}, {}, true, 0, false, restart_budget{optional_policy}});
}

caf::behavior supervisor::make_behavior() {
  set_down_handler([this](const caf::down_msg& down) { on_down(down); });
  set_error_handler([this](caf::scheduled_actor*, caf::error& e) {
    log::warn({"supervisor", "stray_error"}, "{}: {}", path_, caf::to_string(e));
  });
  set_exit_handler([this](const caf::exit_msg& exit) { end_all(exit.reason); });
  tree_->declare(path_, "supervisor", describe(policy_));
  tree_->set_state(path_, child_state::running, wall_clock_now());
  for (auto& c : children_) {
    c.path = path_ + '/' + c.spec.name;
    tree_->declare(c.path, c.spec.kind, {}, c.spec.figures, c.spec.optional);
    if (!ending_)
      start(c);
  }
  return {[this](local_message<start_again>& m) {
            for (std::size_t i = 0; i < m.content->generations.size(); ++i)
              if (auto& c = children_[m.content->first + i]; c.generation == m.content->generations[i])
                c.due = true;
            start_due();
          },
          [this](local_message<kill_overdue>& m) {
            auto& c = children_[m.content->index];
            if (!c.handle || c.generation != m.content->generation)
              return;
            log::error({"supervisor", "child_killed"}, "{} did not end in time", c.path);
            if (stopping_)
              killed_.push_back(c.path);
            send_exit(c.handle, caf::exit_reason::kill);
          },
          [this](const stop_children& stop) {
            stopping_ = stop;
            stop_next();
          }};
}

void supervisor::start(child& c) {
  ++c.generation;
  c.wanted = true;
  c.due = false;
  c.ending = false;
  tree_->set_state(c.path, child_state::starting, wall_clock_now());
  try {
    c.handle = c.spec.start(system());
    monitor(c.handle);
    tree_->set_state(c.path, child_state::running, wall_clock_now());
  } catch (const std::exception& e) {
    on_failure(static_cast<std::size_t>(&c - children_.data()), e.what());
  }
}

void supervisor::on_down(const caf::down_msg& down) {
  for (std::size_t i = 0; i < children_.size(); ++i) {
    auto& c = children_[i];
    if (!c.handle || c.handle.address() != down.source)
      continue;
    c.handle = {};
    if (stopping_) {
      std::ranges::move(killed_by(c.killed), std::back_inserter(killed_));
      tree_->set_state(c.path, child_state::stopped, wall_clock_now());
      return stop_next();
    }
    if (ending_)
      return quit_once_alone();
    if (c.wanted)
      return on_failure(i, caf::to_string(down.reason));
    return start_due();
  }
}

void supervisor::on_failure(std::size_t index, const std::string& fault) {
  auto& failed = children_[index];
  auto optional = failed.spec.optional;
  tree_->count_restart(failed.path, fault, wall_clock_now());
  auto& budget = optional ? failed.budget : budget_;
  auto spent = !budget.spend(restart_budget::clock::now());
  if (spent && !optional)
    return escalate(failed, fault);
  auto wait = budget.backoff(std::uniform_real_distribution<>{0, 1}(random_));
  log::error({"supervisor", spent ? "child_keeps_failing" : "child_failed"}, "{} restarts in {} ms: {}",
             failed.path, wait.count(), fault);
  tree_->set_state(failed.path, spent ? child_state::failed : child_state::backing_off, wall_clock_now());
  restart_later(index, wait);
}

void supervisor::escalate(child& failed, const std::string& fault) {
  log::critical({"supervisor", "escalated"}, "{} failed too often, {} gives up: {}", failed.path, path_,
                fault);
  tree_->set_state(failed.path, child_state::failed, wall_clock_now());
  tree_->set_state(path_, child_state::failed, wall_clock_now());
  end_all(caf::make_error(caf::sec::runtime_error, failed.path + ": " + fault));
}

void supervisor::restart_later(std::size_t index, std::chrono::milliseconds wait) {
  const auto& failed = children_[index];
  std::size_t first = index, last = index;
  if (policy_.strategy == restart_strategy::one_for_all && !failed.spec.optional)
    first = 0;
  if (policy_.strategy != restart_strategy::one_for_one && !failed.spec.optional)
    last = children_.size() - 1;
  start_again again{first, {}};
  for (auto i = first; i <= last; ++i) {
    end(children_[i]);
    again.generations.push_back(children_[i].generation);
  }
  delayed_send(this, wait, local_message<start_again>{std::move(again)});
}

void supervisor::start_due() {
  if (stopping_ || ending_ ||
      std::ranges::any_of(children_, [](const auto& c) { return c.due && c.handle != nullptr; }))
    return;
  for (auto& c : children_)
    if (c.due)
      start(c);
}

void supervisor::end(child& c) {
  if (!c.handle || !std::exchange(c.wanted, false))
    return;
  send_exit(c.handle, caf::exit_reason::user_shutdown);
  tree_->set_state(c.path, child_state::backing_off, wall_clock_now());
  if (c.spec.kind != "supervisor")
    delayed_send(
        this, time_to_end,
        local_message<kill_overdue>{{static_cast<std::size_t>(&c - children_.data()), c.generation}});
}

void supervisor::end_all(caf::error reason) {
  ending_ = std::move(reason);
  for (auto& c : children_)
    end(c);
  quit_once_alone();
}

void supervisor::quit_once_alone() {
  if (std::ranges::none_of(children_, [](const auto& c) { return c.handle != nullptr; }))
    quit(*ending_);
}

/// Ends the next layer, once the one above it is gone.
void supervisor::stop_next() {
  auto layer = stopping_->down_to - 1;
  for (const auto& c : children_)
    if (c.handle)
      layer = std::max(layer, c.spec.layer);
  if (layer >= stopping_->down_to) {
    for (std::size_t i = 0; i < children_.size(); ++i)
      if (children_[i].handle && children_[i].spec.layer == layer && !children_[i].ending)
        ask_to_end(i);
    return;
  }
  auto done = std::move(stopping_->done);
  if (stopping_->down_to == 0) {
    tree_->set_state(path_, child_state::stopped, wall_clock_now());
    quit(caf::exit_reason::user_shutdown);
  }
  if (done)
    done->set_value(killed_);
  if (ending_)
    quit_once_alone();
}

void supervisor::ask_to_end(std::size_t index) {
  auto& c = children_[index];
  c.ending = true;
  auto deadline = stopping_->deadline;
  if (c.spec.kind == "supervisor") {
    auto killed = std::make_shared<std::promise<std::vector<std::string>>>();
    c.killed = killed->get_future();
    send(c.handle, stop_children{std::move(killed), deadline - time_to_report});
  } else {
    send_exit(c.handle, caf::exit_reason::user_shutdown);
  }
  auto left = std::max(deadline - std::chrono::steady_clock::now(), std::chrono::steady_clock::duration{});
  delayed_send(this, left, local_message<kill_overdue>{{index, c.generation}});
}

}  // namespace musterd
