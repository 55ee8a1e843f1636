#include "supervision/supervisor.hpp"

#include "common/log.hpp"

#include <caf/send.hpp>

namespace musterd {

supervisor::supervisor(caf::actor_config& config, supervision_tree* tree, std::string path,
                       restart_policy policy, std::vector<child_spec> children)
    : caf::event_based_actor{config}, tree_{tree}, path_{std::move(path)}, policy_{policy}, budget_{policy} {
  for (auto& spec : children)
    children_.push_back({std::move(spec), {}, {}, true, 0});
}

caf::behavior supervisor::make_behavior() {
  set_down_handler([this](const caf::down_msg& down) { on_down(down); });
  set_error_handler([this](caf::scheduled_actor*, caf::error& e) {
    log::warn({"supervisor", "stray_error"}, "{}: {}", path_, caf::to_string(e));
  });
  set_exit_handler([this](const caf::exit_msg& exit) {
    for (auto& c : children_)
      end(c);
    quit(exit.reason);
  });
  tree_->declare(path_, "supervisor", describe(policy_));
  tree_->set_state(path_, child_state::running, wall_clock_now());
  for (auto& c : children_) {
    c.path = path_ + '/' + c.spec.name;
    tree_->declare(c.path, c.spec.kind, {}, c.spec.figures);
    start(c);
  }
  return {[this](local_message<start_again>& m) {
            for (auto i = m.content->first; i <= m.content->last; ++i)
              if (!stopping_ && !children_[i].handle && children_[i].generation <= m.content->generation)
                start(children_[i]);
          },
          [this](local_message<kill_overdue>& m) {
            auto& c = children_[m.content->index];
            if (!c.handle || c.generation != m.content->generation)
              return;
            log::error({"supervisor", "child_killed"}, "{} did not end in time", c.path);
            killed_.push_back(c.path);
            send_exit(c.handle, caf::exit_reason::kill);
          },
          [this](const stop_children& stop) {
            stopping_ = stop.done;
            stop_next();
          }};
}

void supervisor::start(child& c) {
  ++c.generation;
  c.wanted = true;
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
      tree_->set_state(c.path, child_state::stopped, wall_clock_now());
      return stop_next();
    }
    if (c.wanted)
      on_failure(i, caf::to_string(down.reason));
    return;
  }
}

void supervisor::on_failure(std::size_t index, const std::string& fault) {
  auto& failed = children_[index];
  tree_->count_restart(failed.path, fault, wall_clock_now());
  if (!budget_.spend(restart_budget::clock::now())) {
    log::critical({"supervisor", "escalated"}, "{} failed too often, {} gives up: {}", failed.path, path_,
                  fault);
    tree_->set_state(failed.path, child_state::failed, wall_clock_now());
    tree_->set_state(path_, child_state::failed, wall_clock_now());
    for (auto& c : children_)
      end(c);
    return quit(caf::make_error(caf::sec::runtime_error, failed.path + ": " + fault));
  }
  auto wait = budget_.backoff(std::uniform_real_distribution<>{0, 1}(random_));
  log::error({"supervisor", "child_failed"}, "{} restarts in {} ms: {}", failed.path, wait.count(), fault);
  tree_->set_state(failed.path, child_state::backing_off, wall_clock_now());
  std::size_t first = index, last = index;
  if (policy_.strategy == restart_strategy::one_for_all)
    first = 0;
  if (policy_.strategy != restart_strategy::one_for_one)
    last = children_.size() - 1;
  for (auto i = first; i <= last; ++i)
    end(children_[i]);
  delayed_send(this, wait, local_message<start_again>{{first, last, failed.generation}});
}

void supervisor::end(child& c) {
  if (!c.handle)
    return;
  c.wanted = false;
  demonitor(c.handle.address());
  send_exit(c.handle, caf::exit_reason::user_shutdown);
  c.handle = {};
  tree_->set_state(c.path, child_state::backing_off, wall_clock_now());
}

void supervisor::stop_next() {
  for (auto i = children_.size(); i-- > 0;) {
    auto& c = children_[i];
    if (!c.handle)
      continue;
    if (c.spec.kind == "supervisor")
      send(c.handle, stop_children{std::make_shared<std::promise<std::vector<std::string>>>()});
    else
      send_exit(c.handle, caf::exit_reason::user_shutdown);
    delayed_send(this, c.spec.shutdown_grace, local_message<kill_overdue>{{i, c.generation}});
    return;
  }
  tree_->set_state(path_, child_state::stopped, wall_clock_now());
  stopping_->set_value(killed_);
  quit(caf::exit_reason::user_shutdown);
}

}  // namespace musterd
