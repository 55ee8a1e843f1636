#pragma once

#include "domain/audit/audit.hpp"
#include "domain/kernel/commit.hpp"
#include "domain/kernel/facts.hpp"

/// Messages that could not be handled, and what operators decide about them.
namespace musterd {

/// Why a message was dead-lettered.
enum class dead_reason { malformed, oversize, refused, exhausted, unpublishable };
BOOST_DESCRIBE_ENUM(dead_reason, malformed, oversize, refused, exhausted, unpublishable)

/// Queues and consumers of letters without a queue: what the relay could not publish, and offboarding
/// commands given up.
inline constexpr std::string_view outbox_letters_queue = "outbox", outbox_letters_consumer = "outbox_relay";
inline constexpr std::string_view dead_command_consumer = "offboarding";

enum class dead_letter_state { open, retried, discarded };
BOOST_DESCRIBE_ENUM(dead_letter_state, open, retried, discarded)

/// As lists show it, without headers and body.
struct dead_letter {
  uuid dead_letter_id;
  dead_letter_state state = dead_letter_state::open;
  std::string queue;
  std::string consumer;
  dead_reason reason = dead_reason::malformed;
  std::string error;
  std::optional<uuid> event_id;
  std::optional<std::string> event_type;
  std::optional<uuid> entity_key;
  std::string routing_key;
  std::optional<std::string> correlation_id;
  /// False if it holds no event: then it can only be discarded.
  bool retryable = false;
  std::int64_t attempts = 0;
  std::int64_t body_size = 0;
  timestamp first_failed_at{};
  timestamp dead_at{};
};
BOOST_DESCRIBE_STRUCT(dead_letter, (),
                      (dead_letter_id, state, queue, consumer, reason, error, event_id, event_type,
                       entity_key, routing_key, correlation_id, retryable, attempts, body_size,
                       first_failed_at, dead_at))

struct dead_letter_filter {
  std::optional<std::string> queue;
  std::optional<dead_reason> reason;
  std::optional<std::string> type;
};
BOOST_DESCRIBE_STRUCT(dead_letter_filter, (), (queue, reason, type))

enum class dead_letter_verdict { retry, discard };
BOOST_DESCRIBE_ENUM(dead_letter_verdict, retry, discard)

/// The one decision about a letter, carried out by inserting the row (persistence/migrations/0007): a retry
/// sends the message again, a discard releases its key. Faults: DEAD_LETTER_NOT_OPEN,
/// DEAD_LETTER_NOT_RETRYABLE, DEAD_LETTER_REPLAY_FINISHED.
struct dead_letter_action {
  uuid dead_letter_id;
  dead_letter_verdict verdict = dead_letter_verdict::retry;
  /// Always set for a discard.
  std::optional<std::string> reason;
  uuid actor;
  timestamp acted_at{};
  std::optional<uuid> replay_id;
};
BOOST_DESCRIBE_STRUCT(dead_letter_action, (), (dead_letter_id, verdict, reason, actor, acted_at, replay_id))
template <>
struct table_of<dead_letter_action> : insert_table<"messaging.dead_letter_action", "dead_letter_id"> {};

/// A decision, and how it came about.
struct dead_letter_decision {
  dead_letter_verdict verdict = dead_letter_verdict::retry;
  std::optional<std::string> reason;
  std::optional<uuid> replay_id;
  /// The user whose case the letter is about, if any.
  std::optional<uuid> about_user = {};
};

/// Adds the action and its audit entry to the commit. Reason and error are stored as personal values, to be
/// erasable.
void add_decision(commit_unit& to, const request_context& ctx, const dead_letter& letter,
                  const dead_letter_decision& decision, audit_entry_uuid entry_id, id_source& ids);

}  // namespace musterd
