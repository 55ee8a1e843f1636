#pragma once

#include "common/process/interruption.hpp"
#include "persistence/lead/lease_keeper.hpp"
#include "persistence/sql/connection.hpp"

namespace musterd {

/// What one server does at a time.
struct leader_role {
  /// A row of `cluster.lease`.
  std::string name;
  /// Sessions are called "musterd <this>".
  std::string session_name;
  /// SQL for each session.
  std::string settings = {};
  /// Whoever leads is never longer busy without asking whether they still do.
  std::chrono::milliseconds longest_silence = std::chrono::seconds{30};
  /// How often the others ask.
  std::chrono::milliseconds asked_every = std::chrono::seconds{1};
  /// After failures, which come less and less often.
  std::chrono::milliseconds longest_pause = std::chrono::seconds{1};
};

/// The connection of a server that leads, or waits to. It leads once at most: a lease that is lost takes the
/// session with it.
class leader_session {
 public:
  leader_session(lease_keeper& leases, const leader_role& role, const std::stop_token& cut);

  pqxx::connection& db() { return *db_; }
  /// For each question by itself: what is done between two may take long.
  [[nodiscard]] interruption::limit in_time() { return interruptible_.within(silence_limit); }

  /// `before`: how this server led last.
  bool try_lead(const std::optional<lease_term>& before);
  bool leads() { return lease_ && lease_->holds(); }
  /// Throws `lease_lost`.
  void expect_lead();
  /// Under which it leads or led.
  std::optional<lease_term> term() const { return lease_ ? std::optional{lease_->term()} : std::nullopt; }
  /// Somebody else may lead from now on.
  void give_up();

 private:
  lease_keeper& leases_;
  const leader_role& role_;
  std::unique_ptr<pqxx::connection> db_;
  interruption interruptible_;
  std::shared_ptr<lease> lease_;
};

/// A transaction of whoever leads. Throws `lease_lost` if somebody else may lead by now; nobody else does
/// before it is over.
struct leading_work {
  interruption::limit limit;
  pqxx::work tx;

  explicit leading_work(leader_session& at);
};

}  // namespace musterd
