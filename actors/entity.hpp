#pragma once

#include "actors/entity_interface.hpp"
#include "actors/unconfirmed_answers.hpp"
#include "common/observation/log.hpp"
#include "common/observation/trace.hpp"
#include "common/process/crash_point.hpp"
#include "domain/kernel/decision.hpp"
#include "persistence/sql/constraint_faults.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <cstdlib>
#include <span>

namespace musterd {

/// One record: takes one command at a time, lets its aggregate decide, persists, answers.
///
/// Handles nothing else while a commit is in flight. Answers without a commit are first compared with the
/// database (unconfirmed_answers.hpp). After an unknown commit outcome, a mismatch between database and
/// memory, or a decision by outdated company roles (which are then read again), it answers and ends; the next
/// message wakes it from what is committed, once that commit is settled (region.hpp).
template <aggregate A>
class entity : public entity_interface<A>::base {
 public:
  using base = typename entity_interface<A>::base;

  entity(caf::actor_config& config, const actor_environment* env, entity_key key, typename A::state state,
         committed_versions versions, std::shared_ptr<in_flight> under_way)
      : base{config}, env_{env}, key_{key}, state_{std::move(state)}, versions_{versions},
        under_way_{std::move(under_way)} {
    this->set_error_handler([key](caf::scheduled_actor*, caf::error& e) {
      log::warn({A::name, "stray_error"}, "{}: {}", to_string(key.id), caf::to_string(e));
    });
  }

  const char* name() const override { return A::name.data(); }
  void on_exit() override {
    shown_.reset();
    for (auto& held : unconfirmed_.give_up())
      held.reply.deliver(failed(record_is_stale()));
  }

 protected:
  typename base::behavior_type make_behavior() override {
    show();
    auto on_command = [this](const routed_command<A>& m) -> caf::result<entity_answer> { return take(m); };
    auto on_look_again = [this](const look_again& m) {
      if (m.committed != 0 && m.committed <= versions_.record)
        return;
      unconfirmed_.look_again();
      look();
    };
    auto on_version = [this](const local_message<version_found>& m) { confirm(m.content->committed); };
    auto on_company = [this](const local_message<company_version_found>& m) {
      release(m.content->committed);
    };
    if constexpr (answers_questions<A>)
      return {on_command, on_look_again, on_version, on_company,
              [this](const routed_question<A>& q) -> typename A::reply {
                under_way_->questions.fetch_sub(1, std::memory_order_relaxed);
                return reply_to(state_, q.question, q.now);
              }};
    else
      return {on_command, on_look_again, on_version, on_company};
  }

 private:
  using promise = caf::typed_response_promise<entity_answer>;

  /// A decided command on its way into the database.
  struct pending {
    promise reply;
    typename A::state next;
    committed_versions versions;
    entity_answer answer;
    std::vector<signal> signals;
    request_context ctx;
    std::string_view command;
    std::span<const known_fault> faults;
    company_directory_ptr company;
  };

  caf::result<entity_answer> take(const routed_command<A>& m) {
    const auto& ctx = m.what->ctx;
    trace_scope tracing{ctx};
    auto command_name =
        std::visit([](const auto& c) { return std::remove_cvref_t<decltype(c)>::name; }, m.what->command);
    try {
      inject(ctx, "throw");
      return std::visit([&](const auto& c) { return run(c, ctx, command_name); }, m.what->command);
    } catch (const std::exception& e) {
      log::error({A::name, "entity_failed", ctx.correlation_id}, "{} of {}: {}", command_name,
                 to_string(key_.id), e.what());
      this->quit(caf::make_error(caf::sec::runtime_error, std::string{e.what()}));
      return failed(internal_error());
    }
  }

  template <class Command>
  caf::result<entity_answer> run(const Command& c, const request_context& ctx, std::string_view name) {
    generated_ids ids;
    auto company = env_->companies.find(ctx.tenant);
    // The request may have waited its turn: rights withdrawn meanwhile are gone.
    shown_caller caller{env_->users, ctx, std::max(ctx.now, wall_clock_now())};
    facts known{company->locations, company->roles, ids, caller, env_->offboarding, env_->sign_in};
    if (auto admitted = caller.still_admitted(company->roles); !admitted)
      return failed(admitted.error().code == caller_asleep ? wake_caller(ctx) : admitted.error());
    auto decided = decide(state_, c, ctx, known);
    if (!decided)
      note_unannounced(decided.error(), faults_of<Command>(), name, ctx);
    if (!decided && decided.error().code == record_changed) {
      // The command knows of a commit that this memory lacks: the next message wakes it from there.
      this->quit(caf::exit_reason::user_shutdown);
      return failed(decided.error());
    }
    if (!decided && decided.error().code == caller_asleep)
      return failed(wake_caller(ctx));
    if (!decided || decided->events.empty()) {
      auto unchanged = decided ? describe_answer(decided->answer, Command::success_status, false)
                               : entity_answer{decided.error(), 0, {}, {}, false};
      if (!only_reads<Command> && !(unchanged.failure && is_transient(*unchanged.failure)))
        return hold(std::move(unchanged), relies_on_company(known) ? company : nullptr);
      answered();
      return unchanged;
    }
    auto journal = env_->journal_for(key_);
    if (!journal)
      return failed(unavailable("The journal is not running; nothing was changed."));
    auto p = std::make_shared<pending>(pending{
        {}, state_, versions_after(decided->events), {}, {}, ctx, name, faults_of<Command>(), company});
    auto unit = std::make_shared<commit_unit>();
    unit->entity = key_.id;
    effects out;
    for (const auto& event : decided->events) {
      evolve(p->next, event);
      add_effects(out, event, ctx, ids);
    }
    p->answer = describe_answer(decided->answer, Command::success_status, true);
    if (ctx.idempotency_key)
      out.write(ctx.tenant,
                stored_answer{ctx.actor, *ctx.idempotency_key, ctx.request_digest, p->answer.status,
                              p->answer.body, p->answer.resource_version, ctx.now,
                              ctx.person.value == key_.id ? std::nullopt : std::optional{key_.id}});
    unit->writes = std::move(out.writes);
    unit->advance(ctx.tenant, {std::string{A::name}, key_.id, p->versions.record, p->versions.relied_on});
    if (relies_on_company(known))
      unit->rely_on(ctx.tenant, relied_on_company{ctx.tenant.value, company->relied_on});
    if (const auto& by = caller.decided_by(); by && !is_record_of(by->person_id))
      unit->rely_on(ctx.tenant, relied_on_caller{by->person_id.value, by->relied_on});
    unit->begin_by = std::chrono::steady_clock::now() + env_->limits.commit_begins_within;
    p->signals = std::move(out.signals);
    // The promise comes last: if anything threw after it was made, it would never be answered.
    p->reply = this->template make_response_promise<promise>();
    auto reply = p->reply;
    inject(ctx, "exit-before-commit");
    crash_point::reached(name, "before-commit");
    commit(journal, std::move(unit), std::move(p));
    return reply;
  }

  /// What the command is refused with, which has it retried when the caller's record is awake again.
  fault wake_caller(const request_context& ctx) const {
    env_->refresh_person(ctx.tenant, ctx.person);
    return record_is_stale();
  }

  void commit(const journal_actor& journal, std::shared_ptr<const commit_unit> unit,
              std::shared_ptr<pending> p) {
    this->request(journal, env_->limits.commit_timeout, commit_request{std::move(unit)})
        .await([this, p](const commit_result& r) { finish(*p, r.failure); },
               [this, p](const caf::error& e) {
                 trace_scope tracing{p->ctx};
                 log::error({A::name, "commit_unanswered", p->ctx.correlation_id}, "{}", caf::to_string(e));
                 finish(*p, outcome_unknown());
               });
  }

  void finish(pending& p, const std::optional<fault>& failure) {
    if (failure) {
      if (failure->code != idempotency_key_used.code)
        note_unannounced(*failure, p.faults, p.command, p.ctx);
      if (failure->code == caller_changed) {
        // The caller is read again, and the command retried.
        env_->refresh_person(p.ctx.tenant, p.ctx.person);
        p.reply.deliver(failed(record_is_stale()));
        return;
      }
      if (failure->code == company_changed)
        doubt(p.company);
      p.reply.deliver(failed(failure->code == company_changed ? record_is_stale() : *failure));
      // After "unavailable" nothing was written, and a used key belongs to a commit in this memory (otherwise
      // the journal would have said RECORD_CHANGED). After anything else, memory and database may differ.
      if (failure->code != unavailable_code && failure->code != idempotency_key_used.code)
        this->quit(caf::exit_reason::user_shutdown);
      return;
    }
    inject(p.ctx, "exit-after-commit");
    crash_point::reached(p.command, "after-commit");
    // Shown before anybody is told, because they may look at once.
    state_ = std::move(p.next);
    versions_ = p.versions;
    show();
    answered();
    for (const auto& s : p.signals)
      env_->emit(s, p.ctx);
    p.reply.deliver(std::move(p.answer));
  }

  template <class Events>
  committed_versions versions_after(const Events& events) const {
    committed_versions next{versions_.record + 1, versions_.relied_on};
    if constexpr (relied_on_by_others<A>)
      if (std::ranges::any_of(events, [](const auto& e) { return is_relied_on(e); }))
        next.relied_on = next.record;
    return next;
  }

  /// A caller's change to their own record is guarded by that record's version.
  bool is_record_of(person_uuid person) const { return A::name == person_record && key_.id == person.value; }

  /// A company's own commit is guarded by its own version.
  static bool relies_on_company(const facts& known) {
    return A::name != company_record && known.roles.looked_at();
  }

  caf::result<entity_answer> hold(entity_answer answer, company_directory_ptr by) {
    auto reply = this->template make_response_promise<promise>();
    unconfirmed_.hold({reply, std::move(answer), std::move(by)});
    look();
    return reply;
  }

  void look() {
    if (unconfirmed_.begin_read(versions_.record))
      env_->version_of(A::name, key_,
                       [self = entity_interface<A>{this}](outcome<committed_versions> committed) {
                         caf::anon_send(self, local_message<version_found>{{std::move(committed)}});
                       });
  }

  void confirm(const outcome<committed_versions>& committed) {
    if (committed && unconfirmed_.is_behind(committed->record, versions_.record)) {
      log::info({A::name, "record_changed"}, "{} is at version {}, not {}", to_string(key_.id),
                committed->record, versions_.record);
      return this->quit(caf::exit_reason::user_shutdown);
    }
    if (committed && unconfirmed_.rely_on_company())
      return env_->version_of(company_record, {key_.tenant, key_.tenant.value},
                              [self = entity_interface<A>{this}](outcome<committed_versions> company) {
                                caf::anon_send(self,
                                               local_message<company_version_found>{{std::move(company)}});
                              });
    for (auto& held : unconfirmed_.end_read())
      if (committed)
        deliver(held);
      else
        held.reply.deliver(failed(committed.error()));
    look();
  }

  /// Answers what waited for the company's version.
  void release(const outcome<committed_versions>& company) {
    bool is_behind = false;
    for (auto& held : unconfirmed_.end_read())
      if (!held.by || (company && held.by->relied_on == company->relied_on)) {
        deliver(held);
      } else if (!company) {
        held.reply.deliver(failed(company.error()));
      } else {
        is_behind = true;
        doubt(held.by);
        held.reply.deliver(failed(record_is_stale()));
      }
    if (is_behind)
      return this->quit(caf::exit_reason::user_shutdown);
    look();
  }

  void deliver(unconfirmed_answers::held& held) {
    answered();
    held.reply.deliver(std::move(held.answer));
  }

  void doubt(const company_directory_ptr& seen) {
    log::info({A::name, "company_changed"}, "{} went by version {} of its company", to_string(key_.id),
              seen->relied_on);
    env_->companies.doubt(key_.tenant, seen);
  }

  entity_answer failed(fault f) {
    answered();
    return {std::move(f), 0, {}, {}, false};
  }

  /// Logs a refusal that the command does not name: its `faults`, and with them the API's document, are
  /// wrong.
  static void note_unannounced(const fault& f, std::span<const known_fault> named, std::string_view command,
                               const request_context& ctx) {
    if (!is_announced(f, named))
      log::error({A::name, "fault_not_named", ctx.correlation_id}, "{} does not name {}", command, f.code);
  }

  void show() {
    if constexpr (shown_to_all<A>)
      shown_ = A::show(*env_, key_.tenant, state_, versions_.relied_on);
  }

  template <class View>
  static entity_answer describe_answer(const View& view, int status, bool changed) {
    entity_answer result{{}, status, {}, {}, changed};
    result.body.reserve(1024);
    write_json(result.body, view);
    if constexpr (requires {
                    { view.version } -> std::convertible_to<std::int64_t>;
                  })
      result.resource_version = view.version;
    else if constexpr (requires { view.resource_version(); })
      result.resource_version = view.resource_version();
    if constexpr (requires { view.http_status(); })
      result.status = view.http_status();
    return result;
  }

  /// Crash tests trigger this by X-Fault-Injection.
  void inject(const request_context& ctx, std::string_view point) const {
    if (!env_->fault_injection || ctx.injected_fault != point)
      return;
    if (point == "throw")
      throw std::runtime_error{"injected fault"};
    std::_Exit(70);
  }

  void answered() { under_way_->commands.fetch_sub(1, std::memory_order_relaxed); }

  const actor_environment* env_;
  entity_key key_;
  typename A::state state_;
  committed_versions versions_;
  std::shared_ptr<in_flight> under_way_;
  std::shared_ptr<const void> shown_;
  unconfirmed_answers unconfirmed_;
};

}  // namespace musterd
