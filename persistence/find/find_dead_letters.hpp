#pragma once

#include "domain/operations/dead_letter.hpp"
#include "persistence/sql/pages/page_query.hpp"

#include <map>
#include <span>

namespace musterd {

/// Whose letters: those of a tenant; for the default tenant's operators also those of unknown tenants.
struct dead_letter_scope {
  tenant_uuid tenant;
  /// The code of the default tenant.
  std::string default_tenant;
};

/// Newest first.
page<dead_letter> find_dead_letters(pqxx::transaction_base& tx, const dead_letter_scope& scope,
                                    const dead_letter_filter& wanted, dead_letter_state state,
                                    const page_limits& limits);
std::optional<dead_letter> find_dead_letter(pqxx::transaction_base& tx, const dead_letter_scope& scope,
                                            uuid id);
/// The command of its case that the letter is about, see `dead_command_consumer`.
std::optional<uuid> find_dead_command(pqxx::transaction_base& tx, tenant_uuid tenant,
                                      const dead_letter& letter);
/// Users of the offboarding cases that letters are about, by case.
std::map<uuid, uuid> users_of_cases(pqxx::transaction_base& tx, tenant_uuid tenant,
                                    std::span<const dead_letter> letters);
/// The user whose offboarding case the letter is about, of those found; nullopt if there is none.
std::optional<uuid> user_of(const std::map<uuid, uuid>& users_by_case, const dead_letter& letter);
/// Of any tenant, oldest first: for ids already selected within a scope.
std::vector<dead_letter> read_dead_letters(pqxx::transaction_base& tx, const std::vector<uuid>& ids);

/// Up to `most` matching open letters, oldest first; not those of dead commands, which their cases decide on.
std::vector<uuid> select_open_dead_letters(pqxx::transaction_base& tx, const dead_letter_scope& scope,
                                           const dead_letter_filter& wanted, std::int64_t most);

enum class dead_letter_turn { died, retried, discarded };
BOOST_DESCRIBE_ENUM(dead_letter_turn, died, retried, discarded)

/// An event in a message's history.
struct dead_letter_happening {
  timestamp at{};
  dead_letter_turn what = dead_letter_turn::died;
  /// A retry that fails again is a new letter.
  uuid dead_letter_id;
  /// Why it died or was discarded.
  std::optional<std::string> reason;
  std::optional<uuid> actor;
  std::optional<uuid> replay_id;
};
BOOST_DESCRIBE_STRUCT(dead_letter_happening, (), (at, what, dead_letter_id, reason, actor, replay_id))

enum class body_encoding { json, text, base64 };
BOOST_DESCRIBE_ENUM(body_encoding, json, text, base64)

/// A letter with everything known of its message.
struct dead_letter_detail : dead_letter {
  raw_json headers;
  musterd::body_encoding body_encoding = body_encoding::json;
  /// JSON verbatim, or a string.
  raw_json body;
  /// A message that is no event is truncated.
  bool body_truncated = false;
  /// The last 100 events at most, oldest first, including those of the same message as other letters.
  std::vector<dead_letter_happening> history;
};
BOOST_DESCRIBE_STRUCT(dead_letter_detail, (dead_letter),
                      (headers, body_encoding, body, body_truncated, history))

std::optional<dead_letter_detail> find_dead_letter_detail(pqxx::transaction_base& tx,
                                                          const dead_letter_scope& scope, uuid id);

struct dead_letter_count {
  std::string queue;
  dead_reason reason = dead_reason::malformed;
  std::int64_t letters = 0;
};
BOOST_DESCRIBE_STRUCT(dead_letter_count, (), (queue, reason, letters))

/// Open letters over all tenants.
std::vector<dead_letter_count> count_open_dead_letters(pqxx::transaction_base& tx);

}  // namespace musterd
