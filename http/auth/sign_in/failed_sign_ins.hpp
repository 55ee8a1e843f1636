#pragma once

#include "actors/journal/journal_client.hpp"
#include "common/time/each_second.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <optional>

namespace musterd {

struct failed_sign_in {
  /// Nullopt for an unknown company, or before the lookup: then it is only logged.
  std::optional<tenant_uuid> tenant;
  /// Nil if the company has nobody of that name. The typed name is not kept: it may be a password.
  uuid whom;
  bool is_service = false;
  std::string_view reason;
};

/// Samples failures for the record, a few per second, company and address, and counts the rest. Pure;
/// `second_passed` starts the next second.
class failure_sampler {
 public:
  static constexpr int most_of_an_address = 3, most_of_a_tenant = 20, most = 100;

  void second_passed();
  /// Whether to record this one.
  bool take(tenant_uuid tenant, std::string_view network);
  /// By company, since the last call.
  std::map<tenant_uuid, std::int64_t> take_left_out() { return std::exchange(left_out_, {}); }

 private:
  int of_all_ = 0;
  std::map<tenant_uuid, int> of_tenants_;
  std::map<std::pair<tenant_uuid, std::string>, int> of_addresses_;
  std::map<tenant_uuid, std::int64_t> left_out_;
};

/// Logs and audits failed sign-ins as `LOGIN_FAILED`, and the number of those left out as
/// `LOGIN_FAILURES_LEFT_OUT`. Never blocks on the commit. Thread-safe.
class failed_sign_ins {
 public:
  explicit failed_sign_ins(const journal_client& commits) : commits_{commits} {}

  void note(const failed_sign_in& what, request_context ctx);
  /// To be called every few seconds.
  void note_left_out(timestamp now);

  std::atomic<std::uint64_t> recorded{0}, left_out{0};

 private:
  const journal_client& commits_;
  std::mutex mutex_;
  each_second second_;
  failure_sampler sampler_;
};

}  // namespace musterd
