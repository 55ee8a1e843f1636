#include "server/observation/http_metrics.hpp"

#include "common/observation/log.hpp"

namespace musterd {

void http_metrics::prepare() {
  auto add = [&](std::string method, std::string path) {
    auto& entry = *counted_.emplace_back(std::make_unique<per_route>());
    entry.latency = &metrics_.histogram("http_request_duration_seconds", {method, path});
    entry.method = std::move(method);
    entry.path = std::move(path);
  };
  for (const auto& route : routes_.routes())
    add(std::string{verb_name(route.method)}, route.path_template);
  add("OTHER", "none");
  for (const auto* name : {"user_deactivation_failure_total", "tls_floods_total"})
    metrics_.counter(name);  // shown before their first count
}

void http_metrics::on_request(const finished_request& r) {
  auto& entry = of(r.route);
  entry.latency->Observe(std::chrono::duration<double>{r.duration}.count());
  auto status = static_cast<std::size_t>(r.status);
  if (status >= entry.by_status.size())
    return;
  auto* counter = entry.by_status[status].load(std::memory_order_acquire);
  if (counter == nullptr) {
    counter = &metrics_.counter("http_requests_total", {entry.method, entry.path, std::to_string(r.status)});
    entry.by_status[status].store(counter, std::memory_order_release);
  }
  counter->Increment();
  log::debug({"http", "request", r.correlation_id}, "{} {} {} {} us", verb_name(r.method), r.path, r.status,
             std::chrono::duration_cast<std::chrono::microseconds>(r.duration).count());
}

void http_metrics::on_failure(std::string_view correlation_id, std::string_view path, std::string_view what) {
  log::error({"http", "handler_failed", correlation_id}, "{}: {}", path, what);
}

void http_metrics::on_connection_refused() {
  metrics_.counter("http_connections_refused_total").Increment();
}

void http_metrics::on_handshake(bool succeeded) {
  metrics_.counter("tls_handshakes_total", {succeeded ? "done" : "failed"}).Increment();
}

void http_metrics::on_handshake_flood() {
  metrics_.counter("tls_floods_total").Increment();
}

}  // namespace musterd
