#pragma once

#include "actors/journal/journal_client.hpp"
#include "common/time/each_second.hpp"
#include "http/routing/access/access_control.hpp"

#include <map>
#include <mutex>
#include <unordered_map>

namespace musterd {

/// Audits refusals as `access.denied`, at most one per second, user and route: within that second, repeats
/// share its `decisionId` while under the limits. All refusals have an id and are logged, but the trail takes
/// only `most_of_a_caller` different ones per caller and second, so that nobody crowds out others', and
/// `most_per_second` in all. Thread-safe.
class access_denials final : public denial_recorder {
 public:
  explicit access_denials(const journal_client& commits) : commits_{commits} {}

  fault denied(const caller& who, const http_request& request, const route& asked) override;
  fault denied(const caller& who, const http_request& request, const route& asked, fault why) override;

  std::atomic<std::uint64_t> recorded{0}, sampled_out{0};

 private:
  struct subject {
    tenant_uuid tenant;
    uuid actor;
    std::size_t route;
    friend bool operator==(const subject&, const subject&) = default;
  };
  struct subject_hash {
    std::size_t operator()(const subject& s) const noexcept {
      return std::hash<uuid>{}(s.actor) * 31 + s.route;
    }
  };
  struct decision {
    uuid id;
    bool to_record = false;
  };
  static constexpr std::size_t most_per_second = 1000;
  static constexpr int most_of_a_caller = 20;

  decision decision_for(const subject& s);
  void record(uuid decision_id, const caller& who, const http_request& request, const route& asked,
              const fault& why) const;

  const journal_client& commits_;
  std::mutex mutex_;
  each_second second_;
  std::unordered_map<subject, uuid, subject_hash> this_second_;
  std::map<std::pair<tenant_uuid, uuid>, int> of_callers_;
};

}  // namespace musterd
