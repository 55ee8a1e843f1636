#include "common/observation/log.hpp"
#include "common/observation/log_output.hpp"
#include "common/observation/trace.hpp"
#include "domain/offboarding/due.hpp"
#include "domain/person/counted.hpp"
#include "domain/timecard/counted.hpp"
#include "server/parts.hpp"

namespace musterd {
namespace {

/// For commands to records. HTTP requests, including those that never reach a record, are counted and logged
/// in server/observation/http_attempts.cpp.
void observe_command(metrics& counted, const finished_command& c) {
  auto outcome = c.replayed ? "replayed" : c.refusal ? c.refusal->code : "ok";
  counted.counter("commands_total", {std::string{c.name}, outcome}).Increment();
  counted.histogram("command_duration_seconds", {std::string{c.name}})
      .Observe(std::chrono::duration<double>{c.took}.count());
  if (c.refusal == nullptr)
    return;
  if (c.ctx.kind == principal_kind::system) {
    trace_scope tracing{c.ctx};
    log::warn({"command", "refused", c.ctx.correlation_id}, "{} of {}: {}", c.name, to_string(c.ctx.actor),
              c.refusal->code);
  }
  auto count = [&](const auto& refusals) {
    for (const auto& r : refusals)
      if (r.code == c.refusal->code)
        counted.counter(r.metric).Increment();
  };
  count(counted_timecard_refusals);
  count(counted_person_refusals);
}

void emit_signal(server::parts& p, const signal& s, const request_context& ctx) {
  auto values =
      s.label_value.empty() ? metrics::label_values{} : metrics::label_values{std::string{s.label_value}};
  if (s.metric == "alerts_total")
    ++p.messaging.alerts;  // counted together with those of the consumers
  else if (!s.metric.empty())
    p.counted.counter(s.metric, values).Increment();
  if (s.log_event.empty())
    return;
  trace_scope tracing{ctx};
  log::line(s.level, {"domain", s.log_event, ctx.correlation_id}, "{}", s.log_text);
}

template <aggregate A>
void collect_regions(metrics& counted, entities<A>& of) {
  auto& s = of.stats();
  metrics::label_values label{std::string{A::name}};
  counted.gauge("entities_awake", label).Set(static_cast<double>(s.awake));
  counted.count_up_to("entity_wakes_total", label, static_cast<double>(s.wakes));
  counted.count_up_to("entity_passivations_total", label, static_cast<double>(s.passivations));
  counted.count_up_to("entity_restarts_total", label, static_cast<double>(s.restarts));
  counted.count_up_to("entity_refused_busy_total", label, static_cast<double>(s.refused_busy));
}

void collect_reads(metrics& counted, const read_pool& reads) {
  for (auto use : {read_use::command, read_use::list}) {
    const auto& lane = reads.lane(use);
    metrics::label_values label{std::string{enum_name(use)}};
    counted.gauge("reads_waiting", label).Set(static_cast<double>(lane.waiting()));
    counted.count_up_to("reads_refused_total", label, static_cast<double>(lane.refused()));
    counted.count_up_to("reads_overdue_total", label, static_cast<double>(lane.overdue()));
  }
}

void collect_messaging(metrics& counted, const messaging_stats& s) {
  auto total = [](const auto& counter) { return static_cast<double>(counter.load()); };
  counted.gauge("outbox_depth").Set(total(s.outbox_depth));
  counted.gauge("outbox_lag_seconds").Set(total(s.outbox_lag_ms) / 1000);
  counted.gauge("broker_up").Set(s.broker_up ? 1 : 0);
  counted.count_up_to("outbox_published_total", {}, total(s.published));
  counted.count_up_to("outbox_confirmed_total", {}, total(s.confirmed));
  counted.count_up_to("outbox_nacked_total", {}, total(s.nacked));
  counted.count_up_to("broker_reconnects_total", {"relay"}, total(s.relay_reconnects));
  counted.count_up_to("broker_reconnects_total", {"consumer"}, total(s.consumer_reconnects));
  counted.count_up_to("consumer_messages_total", {}, total(s.consumed));
  counted.count_up_to("inbox_duplicates_total", {}, total(s.duplicates));
  counted.count_up_to("consumer_retries_total", {}, total(s.retried));
  counted.count_up_to("consumer_parked_total", {}, total(s.parked));
  counted.count_up_to("alerts_total", {}, total(s.alerts));
  for (std::size_t i = 0; i < s.dead_lettered.size(); ++i)
    counted.count_up_to("dead_letters_total", {std::string{enum_name(static_cast<dead_reason>(i))}},
                        total(s.dead_lettered[i]));
}

void collect_exports(metrics& counted, const exporter_stats& s) {
  counted.count_up_to("audit_export_rows_total", {}, static_cast<double>(s.rows));
  counted.count_up_to("audit_exports_total", {"done"}, static_cast<double>(s.done));
  counted.count_up_to("audit_exports_total", {"failed"}, static_cast<double>(s.failed));
}

void collect_certificate(server::parts& p) {
  if (!p.certificates)
    return;
  using days = std::chrono::duration<double, std::chrono::days::period>;
  p.counted.gauge("tls_certificate_days_left").Set(days{p.certificate->expires() - wall_clock_now()}.count());
  p.counted.gauge("tls_certificate_refused").Set(p.certificates->refused() ? 1 : 0);
}

void collect_access(server::parts& p) {
  auto total = [](const auto& counter) { return static_cast<double>(counter.load()); };
  p.counted.count_up_to("security_access_denied_total", {"true"}, total(p.denials.recorded));
  p.counted.count_up_to("security_access_denied_total", {"false"}, total(p.denials.sampled_out));
  p.counted.count_up_to("sign_in_failures_noted_total", {"true"}, total(p.failures.recorded));
  p.counted.count_up_to("sign_in_failures_noted_total", {"false"}, total(p.failures.left_out));
}

}  // namespace

decision_observer decision_metrics(metrics& counted) {
  return [&counted, &times = counted.histogram("security_authz_decision_latency_ms")](
             const decision_counts& counts, std::chrono::nanoseconds took) {
    for (const auto& [what, count] : counts) {
      counted
          .counter("security_authz_decisions_total",
                   {what.first == decision_outcome::allow ? "allow" : "deny", std::string{what.second}})
          .Increment(static_cast<double>(count));
      for (std::uint64_t i = 0; i < count; ++i)
        times.Observe(std::chrono::duration<double, std::milli>{took}.count());
    }
  };
}

housekeeping::observer chore_metrics(metrics& counted) {
  return [&counted](const std::string& chore, std::chrono::microseconds took, const std::exception* failed) {
    counted.gauge("chore_duration_seconds", {chore}).Set(std::chrono::duration<double>{took}.count());
    if (failed)
      counted.counter("chore_failures_total", {chore}).Increment();
  };
}

dead_letter_replayer::observer dead_letter_metrics(server::parts& p) {
  return [&counted = p.counted, &relay = p.relay](dead_letter_verdict verdict, std::int64_t letters) {
    counted.counter("dead_letter_actions_total", {std::string{enum_name(verdict)}})
        .Increment(static_cast<double>(letters));
    if (verdict == dead_letter_verdict::retry)
      relay.notify();
  };
}

command_observer_fn command_observer(server::parts& p) {
  return [&p](const finished_command& c) {
    observe_command(p.counted, c);
    if (c.refusal == nullptr && leaves_something_due(c.name))
      p.scheduler.wake();
  };
}

signal_observer_fn signal_observer(server::parts& p) {
  return [&p](const signal& s, const request_context& ctx) { emit_signal(p, s, ctx); };
}

void connect_metrics(server::parts& p) {
  auto& counted = p.counted;
  p.http_counts.deactivation_refused = [&p](refused_deactivation what, request_context ctx) {
    p.deactivations.refused(std::move(what), std::move(ctx));
  };
  p.journal_events.committed = [&sizes = counted.histogram("journal_batch_size"),
                                &times = counted.histogram("journal_commit_duration_seconds")](auto units,
                                                                                               auto took) {
    sizes.Observe(static_cast<double>(units));
    times.Observe(std::chrono::duration<double>{took}.count());
  };
  p.journal_events.audited = [&counted](const auto& entries) {
    for (const auto& [category, count] : entries)
      counted.counter("audit_entries_total", {category}).Increment(static_cast<double>(count));
  };
  p.journal_events.alerted = [&p](std::uint64_t alerts) { p.messaging.alerts += alerts; };
  p.journal_events.outbox_filled = [&relay = p.relay] { relay.notify(); };
  counted.on_collect([&p] {
    p.counted.count_up_to("log_lines_dropped_total", {}, static_cast<double>(log::lines_dropped()));
    auto http = p.http.now();
    p.counted.gauge("http_connections").Set(static_cast<double>(http.connections));
    p.counted.gauge("http_in_flight").Set(static_cast<double>(http.in_flight));
    p.counted.gauge("http_buffered_bytes").Set(static_cast<double>(http.buffered_bytes));
    p.counted.gauge("database_up").Set(p.probe.database_up() ? 1 : 0);
    if (auto age = p.keys.signing_key_age(wall_clock_now()))
      p.counted.gauge("signing_key_age_seconds").Set(static_cast<double>(age->count()));
    p.counted.gauge("signing_keys_published").Set(static_cast<double>(p.keys.view().size()));
    p.counted.gauge("token_cache_entries").Set(static_cast<double>(p.verifier.cached_tokens()));
    p.entities.for_each([&](auto& of) { collect_regions(p.counted, of); });
    collect_reads(p.counted, p.reads);
    collect_messaging(p.counted, p.messaging);
    collect_access(p);
    collect_certificate(p);
    collect_exports(p.counted, p.exporter.stats());
    for (const auto& [child, restarts] : p.tree.restarts())
      p.counted.count_up_to("supervision_restarts_total", {child}, static_cast<double>(restarts));
  });
}

}  // namespace musterd
