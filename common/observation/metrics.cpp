#include "common/observation/metrics.hpp"

#include <prometheus/text_serializer.h>

#include <stdexcept>

namespace musterd {
namespace {

const std::vector<double> latency_buckets{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                          0.05,   0.1,     0.25,   0.5,   1,      2.5,   5};
const std::vector<double> size_buckets{1, 2, 4, 8, 16, 32, 64, 128, 256};

std::vector<metric_family> declare() {
  using enum metric_family::kind;
  return {
      {"log_lines_dropped_total", counter, "Log lines that nobody took in time.", {}},
      // HTTP
      {"http_requests_total", counter, "Requests by route and status.", {"method", "route", "status"}},
      {"http_request_duration_seconds",
       histogram,
       "Time from the last byte of a request to its answer.",
       {"method", "route"},
       latency_buckets},
      {"http_connections", gauge, "Open connections.", {}},
      {"http_in_flight", gauge, "Requests being handled.", {}},
      {"http_buffered_bytes", gauge, "Answers that wait to be sent.", {}},
      {"http_connections_refused_total", counter, "Connections refused because there are too many.", {}},
      {"tls_handshakes_total", counter, "TLS handshakes: done, failed or given up.", {"outcome"}},
      {"tls_floods_total", counter, "Connections closed for handshake messages without end.", {}},
      {"tls_certificate_days_left", gauge, "Days until the listener's certificate expires.", {}},
      {"tls_certificate_refused",
       gauge,
       "Whether the certificate's files cannot be used: the one before is.",
       {}},
      // Actors
      {"commands_total", counter, "Commands by outcome: ok or the fault's code.", {"command", "outcome"}},
      {"command_duration_seconds",
       histogram,
       "Time a command spent in its entity, commit included.",
       {"command"},
       latency_buckets},
      {"entities_awake", gauge, "Entities in memory.", {"aggregate"}},
      {"entity_wakes_total", counter, "Entities loaded from the database.", {"aggregate"}},
      {"entity_passivations_total", counter, "Idle entities put to sleep.", {"aggregate"}},
      {"entity_restarts_total", counter, "Entities that failed and were dropped from memory.", {"aggregate"}},
      {"entity_refused_busy_total",
       counter,
       "Requests refused because their entity was too busy or quarantined.",
       {"aggregate"}},
      {"supervision_restarts_total", counter, "Restarts of supervised children.", {"child"}},
      // Journal
      {"journal_batch_size", histogram, "Commands per transaction.", {}, size_buckets},
      {"journal_commit_duration_seconds", histogram, "Time of one transaction.", {}, latency_buckets},
      // Audit
      {"audit_entries_total", counter, "Audit entries written by the journal.", {"category"}},
      {"audit_export_rows_total", counter, "Entries written to exports.", {}},
      {"audit_exports_total", counter, "Exports by how they ended.", {"status"}},
      {"audit_values_altered_total",
       counter,
       "Reads that met values beside the trail that are not what was written.",
       {}},
      {"audit_verification_problems", gauge, "What the last verification by this process found.", {}},
      {"erasures_stuck", gauge, "People whose erasure was tried eight times or more; 1000 at most.", {}},
      {"database_up", gauge, "Whether the last probe found the database.", {}},
      {"reads_waiting", gauge, "Reads that wait for a connection.", {"use"}},
      {"reads_refused_total", counter, "Reads refused because too many were waiting.", {"use"}},
      {"reads_overdue_total", counter, "Reads given up at their deadline, waiting or running.", {"use"}},
      {"chore_duration_seconds", gauge, "How long a chore of housekeeping took last.", {"chore"}},
      {"chore_failures_total", counter, "Chores of housekeeping that failed.", {"chore"}},
      {"persons_erased_total", counter, "People whose names and accounts were erased.", {}},
      {"rows_purged_total", counter, "Rows forgotten because they were kept long enough.", {"what"}},
      // Messaging
      {"outbox_depth", gauge, "Events the broker has not confirmed.", {}},
      {"outbox_lag_seconds", gauge, "Age of the oldest event the broker has not confirmed.", {}},
      {"outbox_published_total", counter, "Events handed to the broker.", {}},
      {"outbox_confirmed_total", counter, "Events confirmed by the broker.", {}},
      {"outbox_nacked_total",
       counter,
       "Events refused by the broker, or for which a queue was missing, and published again.",
       {}},
      {"outbox_publish_latency_seconds",
       histogram,
       "Time from an event's transaction to its confirm.",
       {},
       latency_buckets},
      {"broker_up", gauge, "Whether the broker is reachable.", {}},
      {"broker_reconnects_total", counter, "Reconnections to the broker.", {"who"}},
      {"consumer_messages_total", counter, "Messages consumed.", {}},
      {"inbox_duplicates_total", counter, "Messages delivered again and ignored.", {}},
      {"consumer_retries_total", counter, "Messages put into a retry queue.", {}},
      {"consumer_parked_total", counter, "Messages parked behind a failing one of their key.", {}},
      {"dead_letters_total", counter, "Messages that ended among the dead letters.", {"reason"}},
      {"dead_letters_open", gauge, "Dead letters that wait for an operator.", {"queue", "reason"}},
      {"dead_letter_actions_total", counter, "What operators decided about dead letters.", {"action"}},
      {"alerts_total", counter, "Operator alerts raised.", {}},
      // Sign-in and access
      {"sign_ins_total", counter, "Sign-ins by what became of them.", {"result"}},
      {"sign_in_failures_noted_total",
       counter,
       "Failed sign-ins, by whether log and audit trail have them one by one.",
       {"recorded"}},
      {"security_provision_requests_total", counter, "Users provisioned or resolved.", {"outcome"}},
      {"security_provision_latency_ms",
       histogram,
       "Time of provisioning a user, commit included, in milliseconds.",
       {},
       {1, 2, 5, 10, 25, 50, 100, 250, 500, 1000}},
      {"security_role_mutations_total", counter, "Changes of roles.", {"type", "outcome"}},
      {"security_role_permission_mutations_total",
       counter,
       "Changes of what roles grant.",
       {"type", "outcome"}},
      {"security_principal_role_mutations_total",
       counter,
       "Changes of who holds a role.",
       {"type", "outcome"}},
      {"security_authz_decision_latency_ms",
       histogram,
       "Time of one authorization decision, in milliseconds.",
       {},
       {0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.1, 1, 10}},
      {"security_authz_decisions_total",
       counter,
       "Authorization decisions.",
       {"decision", "permissionDomain"}},
      {"security_access_denied_total", counter, "Requests refused for want of a permission.", {"recorded"}},
      {"user_person_links_total", counter, "Attempts to link a user to its person.", {"outcome"}},
      {"role_assignments_active", gauge, "Role assignments in force.", {"role", "scope"}},
      // S86-F18 to S86-F22
      {"assignment_created_total", counter, "Location assignments created.", {}},
      {"assignment_updated_total", counter, "Location assignments changed or ended.", {}},
      {"assignment_primary_demoted_total",
       counter,
       "Primary location assignments ended because another became the primary one.",
       {}},
      {"assignment_overlap_rejected_total", counter, "Location assignments refused as overlapping.", {}},
      {"assignment_active_count", gauge, "Location assignments in force.", {}},
      {"signing_key_age_seconds", gauge, "Age of the key that signs access tokens here.", {}},
      {"signing_keys_published", gauge, "Keys that access tokens are verified with.", {}},
      {"signing_key_trouble", gauge, "Whether the file of signing keys cannot be read or changed.", {}},
      {"token_cache_entries", gauge, "Verified access tokens in memory.", {}},
      // S90-F19 to S90-F24
      {"user_deactivation_success_total", counter, "Users disabled or terminated.", {}},
      {"user_deactivation_failure_total",
       counter,
       "Deactivations refused, and failed attempts of what follows from one.",
       {}},
      {"user_deactivation_saga_retry_total", counter, "Offboarding commands put into the retry queue.", {}},
      {"user_deactivation_saga_dlq_total", counter, "Offboarding commands left to an operator.", {}},
      {"user_deactivation_saga_queue_depth",
       gauge,
       "Offboarding commands that wait for another attempt.",
       {}},
      {"user_deactivation_saga_oldest_retry_age",
       gauge,
       "Seconds since the first failure of the oldest command in the retry queue.",
       {}},
      {"offboarding_oldest_due_seconds",
       gauge,
       "Seconds since the offboarding command that is due longest should have been run.",
       {}},
      // S84-F19 to S84-F22
      {"break_started_total", counter, "Breaks started.", {"type"}},
      {"break_ended_manual_total", counter, "Breaks ended by the mechanic.", {}},
      {"break_ended_auto_at_clockout_total", counter, "Breaks ended by a clock-out.", {}},
      {"break_duplicate_prevented_total", counter, "Breaks refused because one was in progress.", {}},
  };
}

template <class Families>
auto& find(Families& families, std::string_view name) {
  auto found = families.find(name);
  if (found == families.end())
    throw std::out_of_range{"metric is not declared: " + std::string{name}};
  return *found->second;
}

}  // namespace

const std::vector<metric_family>& metric_families() {
  static const auto families = declare();
  return families;
}

metrics::metrics() {
  for (const auto& f : metric_families()) {
    std::string name{f.name}, help{f.help};
    declared_[f.name] = &f;
    if (f.what == metric_family::kind::counter)
      counters_[f.name] = &prometheus::BuildCounter().Name(name).Help(help).Register(registry_);
    else if (f.what == metric_family::kind::gauge)
      gauges_[f.name] = &prometheus::BuildGauge().Name(name).Help(help).Register(registry_);
    else
      histograms_[f.name] = &prometheus::BuildHistogram().Name(name).Help(help).Register(registry_);
    // Counters without labels exist from the start, at zero, so that alerts can refer to them.
    if (f.labels.empty() && f.what == metric_family::kind::counter)
      counter(f.name);
  }
}

metrics::labels metrics::name_labels(const metric_family& family, const label_values& values) {
  labels result;
  for (std::size_t i = 0; i < family.labels.size(); ++i)
    result[family.labels[i]] = values.at(i);
  return result;
}

template <class Metric, class Make>
Metric& metrics::find_or_make(std::unordered_map<std::string, Metric*>& known, std::string_view name,
                              const label_values& values, Make&& make) {
  std::string key{name};
  for (const auto& value : values)
    (key += '\0') += value;
  {
    std::shared_lock lock{known_mutex_};
    if (auto found = known.find(key); found != known.end())
      return *found->second;
  }
  auto& made = make();
  std::unique_lock lock{known_mutex_};
  known.emplace(std::move(key), &made);
  return made;
}

prometheus::Counter& metrics::counter(std::string_view name, const label_values& values) {
  return find_or_make(known_counters_, name, values, [&]() -> auto& {
    return find(counters_, name).Add(name_labels(find(declared_, name), values));
  });
}

prometheus::Gauge& metrics::gauge(std::string_view name, const label_values& values) {
  return find(gauges_, name).Add(name_labels(find(declared_, name), values));
}

prometheus::Histogram& metrics::histogram(std::string_view name, const label_values& values) {
  return find_or_make(known_histograms_, name, values, [&]() -> auto& {
    const auto& family = find(declared_, name);
    return find(histograms_, name).Add(name_labels(family, values), family.buckets);
  });
}

void metrics::on_collect(std::function<void()> fill) {
  std::lock_guard lock{collecting_};
  fills_.push_back(std::move(fill));
}

void metrics::count_up_to(std::string_view name, const label_values& values, double total) {
  auto& c = counter(name, values);
  c.Increment(std::max(0.0, total - c.Value()));
}

std::string metrics::text() {
  std::lock_guard lock{collecting_};
  for (const auto& fill : fills_)
    fill();
  return prometheus::TextSerializer{}.Serialize(registry_.Collect());
}

}  // namespace musterd
