#pragma once

#include "actors/entity.hpp"
#include "actors/entity_loader.hpp"

#include <caf/event_based_actor.hpp>

#include <random>
#include <unordered_map>

namespace musterd {

/// Finds the entity of a key, or wakes it: lets the journal settle earlier commits, loads what is committed,
/// spawns it, forwards what waited. Passivates idle entities. One that keeps failing is quarantined, longer
/// each time; callers then get BUSY.
template <aggregate A>
class region : public caf::event_based_actor {
 public:
  region(caf::actor_config& config, const actor_environment* env, region_stats* stats, entity_loader<A> load)
      : caf::event_based_actor{config}, env_{env}, stats_{stats}, load_{std::move(load)} {}

  const char* name() const override { return "region"; }
  /// However it ends, its entities end with it: otherwise they would live on until their last commit times
  /// out or, while somebody waits, for ever.
  void on_exit() override {
    for (auto& [key, e] : std::exchange(entries_, {})) {
      for (auto& w : e.waiting)
        w.refuse(unavailable("The record is being restarted; nothing was changed."));
      if (e.entity)
        this->send_exit(e.entity, caf::exit_reason::user_shutdown);
    }
    stats_->awake -= static_cast<std::int64_t>(std::exchange(keys_, {}).size());
  }

 private:
  using clock = std::chrono::steady_clock;
  using entity_handle = entity_interface<A>;
  using continuation = std::function<void(const entity_handle&)>;
  struct waiter {
    continuation hand_on;
    std::function<void(const fault&)> refuse;
  };
  struct entry {
    entity_handle entity;  // empty while loading
    std::shared_ptr<in_flight> under_way = std::make_shared<in_flight>();
    clock::time_point last_used;
    std::vector<waiter> waiting;
    /// The wake it waits for, and since when.
    std::uint64_t wake = 0;
    clock::time_point woken_at;
  };
  /// Failures remembered of an entity.
  struct failures {
    int count = 0;
    clock::time_point last;
    clock::time_point retry_after;
  };
  struct loaded {
    entity_key key;
    std::uint64_t wake;
    outcome<committed_record<A>> record;
  };
  struct sweep {};

  static constexpr int failures_before_quarantine = 3;
  /// Questions cost next to nothing; still, one record must not hold all requests that HTTP accepts at once.
  static constexpr std::int64_t questions_per_command = 8;
  static constexpr std::chrono::seconds failure_memory{60};

  /// The actor system's clock, which tests control.
  clock::time_point present() { return this->system().clock().now(); }

  caf::behavior make_behavior() override {
    set_down_handler([this](const caf::down_msg& down) { on_down(down); });
    set_error_handler([](caf::scheduled_actor*, caf::error& e) {
      log::warn({A::name, "region_stray_error"}, "{}", caf::to_string(e));
    });
    set_exit_handler([this](const caf::exit_msg& exit) { quit(exit.reason); });
    delayed_send(this, env_->limits.passivation_sweep, local_message<sweep>{});
    if constexpr (answers_questions<A>)
      return {command_handler(), question_handler(), loaded_handler(), look_again_handler(), sweep_handler()};
    else
      return {command_handler(), loaded_handler(), look_again_handler(), sweep_handler()};
  }

  auto command_handler() {
    return [this](const routed_command<A>& m) {
      auto reply = make_response_promise();
      forward(m.key,
              {[reply, m](const entity_handle& to) mutable { reply.delegate(to, m); },
               [reply](const fault& f) mutable { reply.deliver(entity_answer{f, 0, {}, {}, false}); }},
              &in_flight::commands);
    };
  }

  auto question_handler()
    requires answers_questions<A>
  {
    return [this](const routed_question<A>& q) {
      auto reply = make_response_promise();
      forward(q.key,
              {[reply, q](const entity_handle& to) mutable { reply.delegate(to, q); },
               [reply](const fault&) mutable { reply.deliver(caf::make_error(caf::sec::runtime_error)); }},
              &in_flight::questions);
    };
  }

  auto loaded_handler() {
    return [this](local_message<loaded>& m) { on_loaded(*m.content); };
  }

  auto look_again_handler() {
    return [this](const look_again& m) {
      if (auto it = entries_.find(m.key); it != entries_.end() && it->second.entity)
        caf::anon_send(it->second.entity, m);
    };
  }

  auto sweep_handler() {
    return [this](local_message<sweep>&) {
      give_up_late_wakes();
      let_idle_sleep();
      delayed_send(this, env_->limits.passivation_sweep, local_message<sweep>{});
    };
  }

  void forward(const entity_key& key, waiter w, in_flight::count in_flight::* kind) {
    auto now = present();
    if (is_quarantined(key, now)) {
      ++stats_->refused_busy;
      return w.refuse(busy("This record keeps failing and is being left alone for a moment."));
    }
    auto [it, unknown] = entries_.try_emplace(key);
    auto& e = it->second;
    e.last_used = now;
    auto& count = (*e.under_way).*kind;
    auto most = env_->limits.max_in_flight_per_entity;
    if (kind == &in_flight::questions)
      most *= questions_per_command;
    if (count.load(std::memory_order_relaxed) >= most) {
      ++stats_->refused_busy;
      return w.refuse(busy("Too many requests for this record at once."));
    }
    count.fetch_add(1, std::memory_order_relaxed);
    if (e.entity)
      return w.hand_on(e.entity);
    e.waiting.push_back(std::move(w));
    if (unknown)
      wake(key, e, now);
  }

  /// An earlier entity of this key may have ended, or been lost, with a commit in flight: the journal settles
  /// it before anything is read.
  void wake(const entity_key& key, entry& e, clock::time_point now) {
    ++stats_->wakes;
    auto id = e.wake = ++last_wake_;
    e.woken_at = now;
    auto refuse = [this, key, id] {
      loaded failed{key,
                    id,
                    {boost::system::in_place_error,
                     unavailable("The record cannot be read before an earlier change is settled.")}};
      on_loaded(failed);
    };
    auto journal = env_->journal_for(key);
    if (!journal)
      return refuse();
    auto settle = std::make_shared<const commit_unit>(commit_unit{key.id, {}});
    this->request(journal, env_->limits.wake_timeout, commit_request{std::move(settle)})
        .then(
            [this, key, id, refuse](const commit_result& settled) {
              if (settled.failure)
                refuse();
              else
                load(key, id);
            },
            [refuse](const caf::error&) { refuse(); });
  }

  void load(const entity_key& key, std::uint64_t wake) {
    auto self = caf::actor_cast<caf::actor>(this);
    load_(key, [self, key, wake](outcome<committed_record<A>> result) {
      caf::anon_send(self, local_message<loaded>{{key, wake, std::move(result)}});
    });
  }

  void on_loaded(loaded& m) {
    auto it = entries_.find(m.key);
    if (it == entries_.end() || it->second.wake != m.wake || it->second.entity)
      return;  // given up meanwhile: what was read may be stale
    auto waiting = std::move(it->second.waiting);
    if (!m.record) {
      entries_.erase(it);
      for (auto& w : waiting)
        w.refuse(m.record.error());
      return;
    }
    auto& e = it->second;
    e.entity = this->system().template spawn<entity<A>>(env_, m.key, std::move(m.record->state),
                                                        m.record->versions, e.under_way);
    keys_.emplace(e.entity.address(), m.key);
    this->monitor(e.entity);
    ++stats_->awake;
    for (auto& w : waiting)
      w.hand_on(e.entity);
  }

  void on_down(const caf::down_msg& down) {
    auto known = keys_.find(down.source);
    if (known == keys_.end())
      return;
    auto key = known->second;
    keys_.erase(known);
    --stats_->awake;
    auto it = entries_.find(key);
    if (it != entries_.end() && it->second.entity && it->second.entity.address() == down.source)
      entries_.erase(it);  // the next message wakes it from what is committed
    if (down.reason && down.reason != caf::exit_reason::user_shutdown)
      remember_failure(key, caf::to_string(down.reason));
  }

  void remember_failure(const entity_key& key, std::string reason) {
    ++stats_->restarts;
    stats_->last_fault.set(reason);
    auto now = present();
    auto& f = failures_[key];
    if (now - f.last > failure_memory)
      f.count = 0;
    f.last = now;
    if (++f.count < failures_before_quarantine)
      return;
    ++stats_->quarantined;
    auto exponent = std::min(f.count - failures_before_quarantine, 5);
    auto jitter = std::uniform_int_distribution<int>{0, 250}(random_);
    f.retry_after = now + std::chrono::milliseconds{(1000 << exponent) + jitter};
    log::error({A::name, "entity_quarantined"}, "{} failed {} times in a row: {}", to_string(key.id), f.count,
               reason);
  }

  bool is_quarantined(const entity_key& key, clock::time_point now) {
    if (failures_.empty())
      return false;
    auto it = failures_.find(key);
    return it != failures_.end() && now < it->second.retry_after;
  }

  /// A read that never returns must not keep its record busy for ever.
  void give_up_late_wakes() {
    auto since = present() - 3 * env_->limits.wake_timeout;
    std::vector<entity_key> late;
    for (const auto& [key, e] : entries_)
      if (!e.entity && e.woken_at < since)
        late.push_back(key);
    for (const auto& key : late) {
      loaded given_up{key,
                      entries_[key].wake,
                      {boost::system::in_place_error, unavailable("The record could not be read in time.")}};
      on_loaded(given_up);
    }
  }

  void let_idle_sleep() {
    auto now = present();
    std::erase_if(failures_, [&](const auto& f) { return now - f.second.last > failure_memory; });
    std::erase_if(entries_, [&](auto& pair) {
      auto& e = pair.second;
      // Only this region sends it messages: none in flight means an empty mailbox.
      if (!e.entity || e.under_way->commands > 0 || e.under_way->questions > 0 ||
          now - e.last_used < env_->limits.idle_before_passivation)
        return false;
      this->send_exit(e.entity, caf::exit_reason::user_shutdown);
      ++stats_->passivations;
      return true;
    });
  }

  const actor_environment* env_;
  region_stats* stats_;
  entity_loader<A> load_;
  std::unordered_map<entity_key, entry> entries_;
  std::unordered_map<caf::actor_addr, entity_key> keys_;
  std::unordered_map<entity_key, failures> failures_;
  std::uint64_t last_wake_ = 0;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace musterd
