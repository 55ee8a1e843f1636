#include "domain/operations/dead_letter.hpp"

#include "domain/audit/audit_personal.hpp"
#include "domain/audit/audit_trace.hpp"

#include <algorithm>
#include <iterator>

namespace musterd {
namespace {

struct decision_audit {
  std::string queue;
  dead_reason died_of;
  std::string error;
  std::optional<uuid> event_id;
  std::optional<std::string> event_type;
  std::optional<std::string> reason;
  std::optional<uuid> replay_id;
};
BOOST_DESCRIBE_STRUCT(decision_audit, (), (queue, died_of, error, event_id, event_type, reason, replay_id))

}  // namespace

void add_decision(commit_unit& to, const request_context& ctx, const dead_letter& letter,
                  const dead_letter_decision& decision, audit_entry_uuid entry_id, id_source& ids) {
  auto retried = decision.verdict == dead_letter_verdict::retry;
  auto entry = audit_from(ctx, entry_id.value, audit_category::operations,
                          retried ? "DEAD_LETTER_RETRIED" : "DEAD_LETTER_DISCARDED");
  entry.subject_type = "DeadLetter";
  entry.subject_id = letter.dead_letter_id;
  entry.details.text =
      traced(ctx, to_json(decision_audit{letter.queue, letter.reason, letter.error, letter.event_id,
                                         letter.event_type, decision.reason, decision.replay_id}));
  to.writes.push_back(
      write_row(ctx.tenant, dead_letter_action{letter.dead_letter_id, decision.verdict, decision.reason,
                                               ctx.actor, ctx.now, decision.replay_id}));
  effects on_record;
  auto whose = decision.about_user ? decision.about_user : letter.entity_key;
  write_with_personal(on_record, ctx.tenant, std::move(entry), whose.value_or(letter.dead_letter_id),
                      {"reason", "error"}, ids);
  std::ranges::move(on_record.writes, std::back_inserter(to.writes));
}

}  // namespace musterd
