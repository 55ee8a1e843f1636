#pragma once

#include "actors/outside_commit.hpp"
#include "http/access_control.hpp"

#include <mutex>
#include <unordered_map>

namespace musterd {

/// Audits refusals as `access.denied`, at most one a second for the same user and route: whoever is refused
/// again within that second gets the same `decisionId`, and so every one of them can be looked up. Beyond
/// `most_per_second` only the log knows. Thread-safe.
class access_denials final : public denial_recorder {
 public:
  explicit access_denials(const outside_commit& commits) : commits_{commits} {}

  fault denied(const caller& who, const http_request& request, const route& asked) override;

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
    bool is_new = false;
  };
  static constexpr std::size_t most_per_second = 200;

  /// Nothing when too many others were refused this second.
  std::optional<decision> decision_for(const subject& s, timestamp now);
  void record(uuid decision_id, const caller& who, const http_request& request, const route& asked) const;

  const outside_commit& commits_;
  std::mutex mutex_;
  std::chrono::sys_seconds second_{};
  std::unordered_map<subject, uuid, subject_hash> this_second_;
};

}  // namespace musterd
