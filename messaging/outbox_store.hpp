#pragma once

#include "common/time.hpp"
#include "common/uuid.hpp"
#include "messaging/database_session.hpp"

#include <optional>
#include <vector>

namespace musterd {

/// A row of messaging.outbox, as the relay publishes it.
struct outbox_row {
  std::int64_t seq = 0;
  uuid key;
  std::string tenant_id, event_id, event_type, exchange, routing_key, entity_key, correlation_id;
  std::optional<std::string> traceparent;
  std::string body;
  std::int64_t occurred_at_s = 0;
  timestamp created_at{};
};

/// The relay's own connection. Throws what libpqxx throws.
class outbox_store {
 public:
  explicit outbox_store(const std::string& database_url);

  /// Whether this session is the one that may publish; keeps it once it is.
  bool try_lead();
  /// The oldest rows but those in `except` and those of `except_keys`. Unless `all`, a number far below those
  /// read before is not looked for: it spares a walk over what was just deleted, and misses only what a
  /// transaction of very many seconds committed.
  std::vector<outbox_row> read(const std::vector<std::int64_t>& except, const std::vector<uuid>& except_keys,
                               std::size_t limit, bool all);
  void remove(const std::vector<std::int64_t>& rows);

  struct backlog {
    std::int64_t depth = 0, lag_ms = 0;
  };
  backlog measure();

 private:
  std::unique_ptr<pqxx::connection> db_;
  bool leads_ = false;
  /// Every visible row up to here has been read.
  std::int64_t complete_to_ = 0;
};

}  // namespace musterd
