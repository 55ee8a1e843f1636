#pragma once

#include "common/process/interruption.hpp"
#include "common/text/uuid.hpp"
#include "common/time/time.hpp"
#include "messaging/database_session.hpp"
#include "messaging/messaging_stats.hpp"
#include "persistence/journal/backend_succession.hpp"

#include <chrono>
#include <limits>
#include <map>
#include <optional>
#include <vector>

namespace musterd {

/// A row of messaging.outbox for the relay.
struct outbox_row {
  std::int64_t seq = 0;
  uuid key;
  std::string tenant_id, event_id, event_type, exchange, routing_key, entity_key, correlation_id;
  std::optional<std::string> traceparent;
  /// Empty if longer than requested.
  std::string body;
  std::int64_t body_size = 0;
  /// A message of its key waits for an operator.
  bool blocked = false;
  std::int64_t occurred_at_s = 0;
  timestamp created_at{};
};

/// The relay's own connection. Throws what libpqxx throws.
class outbox_store {
 public:
  /// Waiting for the database fails once `cut` is requested. The database ends the session, and so the lock,
  /// of a server that is frozen for `longest_silence`.
  outbox_store(const std::string& database_url, backend_succession& before, const std::stop_token& cut = {},
               std::chrono::milliseconds longest_silence = default_silence);
  static constexpr std::chrono::milliseconds default_silence = std::chrono::minutes{3};
  /// A leader queries much more often than it must, because it may be busy elsewhere for a while.
  static constexpr std::chrono::milliseconds ask_within(std::chrono::milliseconds longest_silence) {
    return longest_silence / 9;
  }

  /// Whether this session may publish; it keeps the lead if this is called often enough.
  bool try_lead();
  struct reading {
    std::size_t limit = 0, longest_body = 0;
    /// Also look for numbers far below those read before. Usually off: that spares a walk over rows just
    /// deleted or left out, and misses only rows of transactions lasting very many seconds, never those put
    /// back by a decision. Rows of a waiting key are only certain to be found this way.
    bool all = false;
    /// Also look for rows left out because their keys were crowded.
    bool crowd = false;
  };
  struct rows_read {
    std::vector<outbox_row> rows;
    bool more = false;
  };
  /// The oldest rows except `except`, as many as memory allows. Those of `crowded` and `waiting` keys are
  /// left out until the caller asks for them again.
  rows_read read(const std::vector<std::int64_t>& except, const std::vector<uuid>& crowded,
                 const std::vector<uuid>& waiting, const reading& how);
  /// A key, and the route of its first unread row.
  struct coming_key {
    uuid key;
    std::string exchange, routing_key;
  };
  /// From the next `limit` unread rows, without `except` and crowded keys. Empty until the rows looked at
  /// before have been read.
  std::vector<coming_key> look_ahead(const std::vector<uuid>& except, std::size_t limit);
  /// Whether crowded keys have been left out since `crowd` was last requested.
  bool left_crowd_out() const { return !crowd_from_.empty(); }
  /// Skips locked rows and returns their numbers.
  std::vector<std::int64_t> remove(const std::vector<std::int64_t>& rows);
  /// Turns an unpublishable row into a dead letter with an alert, so that its key waits. False if somebody
  /// has it locked.
  bool set_aside(const outbox_row& row, const std::string& error, messaging_stats& stats);
  /// Moves blocked rows behind the dead letter of their key, if it still is one and nothing of it is locked.
  /// Returns those moved.
  std::vector<std::int64_t> hold(const std::vector<std::int64_t>& rows);

  struct backlog {
    std::int64_t depth = 0, lag_ms = 0;
  };
  /// nullopt if the database cannot tell. Counts no further than `most` + 1.
  std::optional<backlog> measure(std::int64_t most = 1'000'000);

 private:
  static constexpr auto nowhere = std::numeric_limits<std::int64_t>::max();

  /// A limit per query: the relay may be slow between queries.
  interruption::limit in_time();
  /// Notes which keys are left out; returns the number after which to read those left out before.
  std::int64_t leave_out(const std::vector<uuid>& crowded, const reading& how);
  pqxx::result rows_behind(std::int64_t seq, const std::vector<std::int64_t>& except,
                           const std::vector<uuid>& except_keys, const reading& how);

  std::unique_ptr<pqxx::connection> db_;
  interruption interruption_;
  bool leads_ = false;
  std::chrono::milliseconds longest_silence_;
  std::chrono::steady_clock::time_point last_asked_{};
  /// Every visible row up to here has been read, except those of left-out keys.
  std::int64_t complete_to_ = 0;
  /// How far `look_ahead` has seen.
  std::int64_t looked_to_ = 0;
  /// The lowest number in messaging.outbox_returned whose key is not left out, as far as known.
  std::int64_t returned_from_ = nowhere;
  /// Whether that table had rows when last looked at.
  bool any_returned_ = true;
  /// Left-out keys, crowded or not yet requested again, and `complete_to_` when each was first left out.
  std::map<uuid, std::int64_t> crowd_from_;
};

}  // namespace musterd
