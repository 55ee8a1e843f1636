#include "server/chores/deactivation_audit.hpp"

#include "common/observation/log.hpp"
#include "common/observation/trace.hpp"
#include "common/text/text.hpp"
#include "domain/audit/audit_personal.hpp"
#include "domain/kernel/effects.hpp"
#include "persistence/find/access/find_role_assignments.hpp"

namespace musterd {

void deactivation_audit::refused(refused_deactivation what, request_context ctx) {
  if (!take_turn(ctx))
    return;
  auto user = uuid::parse(what.user_id);
  // Refused input may be of any length and in any script.
  what.user_id = cut_text(what.user_id, longest_text);
  // Nothing of the entry can be erased.
  if (what.reason_code && (what.reason_code->size() > longest_text || !is_code(*what.reason_code)))
    what.reason_code.reset();
  if (!user)
    return write(what, ctx);
  auto held = std::make_shared<refused_deactivation>(std::move(what));
  auto accepted = reads_.submit({[this, held, ctx, user](pqxx::transaction_base& tx) {
                                   held->person = find_person_of_user(tx, ctx.tenant, {*user});
                                   write(*held, ctx);
                                 },
                                 [this, held, ctx](const std::exception&) { write(*held, ctx); }});
  if (!accepted)
    write(*held, ctx);
}

bool deactivation_audit::take_turn(const request_context& ctx) {
  std::lock_guard lock{mutex_};
  if (second_.has_passed())
    this_second_.clear();
  return ++this_second_[{ctx.tenant, ctx.actor}] <= most_per_second;
}

void deactivation_audit::write(const refused_deactivation& what, const request_context& ctx) const {
  effects out;
  out.write(ctx.tenant, refused_deactivation_entry(what, ctx, uuid::generate()));
  // Nobody waits for it: the attempt is refused either way.
  commits_.submit(ctx.tenant, {ctx.actor, std::move(out.writes)}, [ctx](const std::optional<fault>& failure) {
    if (!failure)
      return;
    trace_scope tracing{ctx};
    log::error({"offboarding", "refusal_not_audited", ctx.correlation_id}, "{}", failure->code);
  });
}

}  // namespace musterd
