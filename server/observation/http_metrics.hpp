#pragma once

#include "common/observation/metrics.hpp"
#include "domain/person/lifecycle/lifecycle_effects.hpp"
#include "http/auth/sign_in/failed_sign_ins.hpp"
#include "http/routing/observer.hpp"
#include "http/routing/route_table.hpp"

#include <array>
#include <atomic>

namespace musterd {

/// Counts requests by route and status. The label is the route's template, never the path, which contains
/// ids.
class http_metrics final : public http_observer {
 public:
  http_metrics(metrics& into, const route_table& routes) : metrics_{into}, routes_{routes} {}
  /// Call once the table is complete.
  void prepare();

  void on_request(const finished_request& r) override;
  void on_attempt(const change_attempt& a, const attempt_end& end) override;
  void on_failure(std::string_view correlation_id, std::string_view path, std::string_view what) override;
  void on_connection_refused() override;
  void on_handshake(bool succeeded) override;
  void on_handshake_flood() override;

  /// Logs how many refusals got no line of their own. Call every few seconds.
  void note_left_out();

  /// Called for every refused deactivation by a known caller.
  std::function<void(refused_deactivation, request_context)> deactivation_refused = [](auto&&...) {};

 private:
  struct per_route {
    std::string method, path;
    prometheus::Histogram* latency = nullptr;
    /// By status; filled when a status is first seen.
    std::array<std::atomic<prometheus::Counter*>, 600> by_status{};
  };
  per_route& of(std::size_t route) { return *counted_[std::min(route, counted_.size() - 1)]; }

  void log_refusal(const change_attempt& a, const attempt_end& end);
  bool may_log(const change_attempt& a, int status);

  metrics& metrics_;
  const route_table& routes_;
  /// One per route; the last is for requests that match none.
  std::vector<std::unique_ptr<per_route>> counted_;

  std::mutex sampling_;
  each_second second_;
  failure_sampler sampler_;
};

}  // namespace musterd
