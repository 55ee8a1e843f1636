#pragma once

#include "common/text/uuid.hpp"
#include "common/time/time.hpp"
#include "messaging/messaging_stats.hpp"
#include "persistence/lead/leader_session.hpp"

#include <chrono>
#include <limits>
#include <map>
#include <optional>
#include <pqxx/pqxx>
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

/// The outbox, over the session of the relay that leads. Throws what libpqxx throws.
class outbox_store {
 public:
  explicit outbox_store(leader_session& at) : at_{at} {}

  /// Whoever led before may have died between a row and its number.
  void tidy();
  /// Whether what is read may still be published.
  bool leads() const { return at_.leads(); }
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
  /// What the broker has: whoever knows it may delete it, leading or not. Skips locked rows and returns their
  /// numbers.
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
  /// Nothing if the database cannot say. It counts no further than one above `most`. Who does not lead asks,
  /// too.
  static std::optional<backlog> measure(leader_session& at, std::int64_t most = 1'000'000);

 private:
  static constexpr auto nowhere = std::numeric_limits<std::int64_t>::max();

  /// Notes which keys are left out, and from which number on what was left out before is to be read.
  std::int64_t leave_out(const std::vector<uuid>& crowded, const reading& how);
  pqxx::result rows_behind(std::int64_t seq, const std::vector<std::int64_t>& except,
                           const std::vector<uuid>& except_keys, const reading& how);

  leader_session& at_;
  /// Every visible row up to here has been read, but for those of keys that were left out.
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
