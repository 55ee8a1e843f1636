#include "http/routes/operations/dead_letter_routes.hpp"

#include "common/text/readable_text.hpp"

#include "common/text/text.hpp"
#include "domain/operations/faults.hpp"
#include "http/routes/operations/dead_letter_access.hpp"
#include "http/routing/command_route.hpp"
#include "http/routing/list_query.hpp"
#include "persistence/journal/stored_answers.hpp"

namespace musterd {
namespace {

constexpr std::size_t longest_reason = 500;

struct retry_order {};
BOOST_DESCRIBE_STRUCT(retry_order, (), ())

struct discard_order {
  std::string reason;
};
BOOST_DESCRIBE_STRUCT(discard_order, (), (reason))
void validate(const discard_order& order, std::vector<field_error>& errors) {
  if (is_blank(order.reason) || order.reason.size() > longest_reason)
    errors.push_back({"reason", fmt::format("reason must have 1 to {} bytes.", longest_reason)});
  else
    check_readable("reason", order.reason, errors, text_lines::many);
}

dead_letter_decision decision_of(const retry_order&) {
  return {dead_letter_verdict::retry, {}, {}};
}
dead_letter_decision decision_of(const discard_order& order) {
  return {dead_letter_verdict::discard, order.reason, {}};
}

/// The filter, and the state besides: replays use the filter alone, since they only retry open letters.
struct letters_asked : dead_letter_filter {
  dead_letter_state state = dead_letter_state::open;
  static constexpr std::array<std::string_view, 4> meanings{"Of this queue.", "Why it could not be handled.",
                                                            "Of this event type.", "OPEN if left out."};
};
BOOST_DESCRIBE_STRUCT(letters_asked, (dead_letter_filter), (state))

handler_fn list_letters(const dead_letter_services& services) {
  return list_of<letters_asked>(services.reads, [services](pqxx::transaction_base& tx, const http_call& call,
                                                           const letters_asked& wanted,
                                                           const page_limits& limits) {
    return json_response(200, find_dead_letters(tx, scope_of(call, services), wanted, wanted.state, limits));
  });
}

handler_fn one_letter(const dead_letter_services& services) {
  return from_database(
      services.reads,
      [services](pqxx::transaction_base& tx, const http_call& call) -> outcome<http_response> {
        auto id = call.id_parameter<uuid>("deadLetterId");
        if (!id)
          return id.error();
        auto letter = find_dead_letter_detail(tx, scope_of(call, services), *id);
        if (!letter)
          return dead_letter_not_found;
        return json_response(200, *letter);
      });
}

/// A retry runs the command again, a discard accepts the risk of leaving it undone; both settle the letter
/// (migrations/0009).
void decide_by_case(http_call& call, const dead_letter_services& services, dead_letter letter, uuid command,
                    const dead_letter_decision& decision) {
  auto ctx = call.context();
  auto of = *letter.entity_key;
  auto retried = decision.verdict == dead_letter_verdict::retry;
  letter.state = retried ? dead_letter_state::retried : dead_letter_state::discarded;
  auto held = std::make_shared<http_call>(std::move(call));
  auto answer = [held, letter = std::move(letter), verdict = decision.verdict,
                 decided = services.decided](entity_answer given, bool replayed) {
    if (given.failure)
      return held->respond(*given.failure);
    if (!replayed)
      decided(verdict, 1);
    held->respond(to_response({{}, 200, to_json(letter), {}, given.changed}, replayed));
  };
  if (retried)
    services.cases.execute(std::move(ctx), of, retry_command{command}, std::move(answer));
  else
    services.cases.execute(std::move(ctx), of, accept_risk{{*decision.reason}, command}, std::move(answer));
}

/// The database checks at commit that the letter is open and may be retried.
void decide(pqxx::transaction_base& tx, http_call& call, const dead_letter_services& services, uuid id,
            const dead_letter_decision& decision) {
  auto letter = find_dead_letter(tx, scope_of(call, services), id);
  if (!letter)
    return call.respond(dead_letter_not_found);
  if (auto command = find_dead_command(tx, call.who.tenant, *letter)) {
    auto ctx = call.context();
    bool repeated = ctx.idempotency_key && find_stored_answer(tx, ctx);
    if (letter->state != dead_letter_state::open && !repeated)
      return call.respond(dead_letter_not_open);
    return decide_by_case(call, services, std::move(*letter), *command, decision);
  }
  commit_unit unit{id, {}};
  generated_ids ids;
  auto of_whom = decision;
  of_whom.about_user = user_of(users_of_cases(tx, call.who.tenant, {&*letter, 1}), *letter);
  add_decision(unit, call.context(), *letter, of_whom, audit_entry_uuid::generate(), ids);
  letter->state = decision.verdict == dead_letter_verdict::retry ? dead_letter_state::retried
                                                                 : dead_letter_state::discarded;
  commit_and_answer(std::move(call), services.commits, services.reads, std::move(unit),
                    json_response(200, *letter), {},
                    [decided = services.decided, verdict = decision.verdict] { decided(verdict, 1); });
}

template <class Order>
handler_fn decide_by(const dead_letter_services& services) {
  return [services](http_call&& call) {
    auto id = call.id_parameter<uuid>("deadLetterId");
    auto order = request_from<Order>(call);
    if (!id || !order)
      return call.respond(id ? order.error() : id.error());
    with_database(
        std::move(call), services.reads,
        [services, id = *id, decision = decision_of(*order)](pqxx::transaction_base& tx, http_call&& held) {
          decide(tx, held, services, id, decision);
        });
  };
}

}  // namespace

void dead_letter_routes(route_table& on, const dead_letter_services& services) {
  on.get("/api/ops/dead-letters", may_view_dead_letters(), list_letters(services),
         list_docs<letters_asked, dead_letter>(
             "listDeadLetters", "Messages that could not be handled, newest first, without bodies."));
  on.get("/api/ops/dead-letters/{deadLetterId}", may_view_dead_letters(), one_letter(services),
         {"getDeadLetter", "One dead letter with headers, body and history.", nullptr,
          schema_of<dead_letter_detail>})
      .refused_with({dead_letter_not_found});
  on.post("/api/ops/dead-letters/{deadLetterId}/retry", may_operate_dead_letters(),
          decide_by<retry_order>(services),
          {"retryDeadLetter",
           "Sends the message to its queue once more, with all attempts before it. A command of an "
           "offboarding case is run again.",
           schema_of<retry_order>, schema_of<dead_letter>})
      .refused_with({dead_letter_not_found, dead_letter_not_open, dead_letter_not_retryable});
  on.post("/api/ops/dead-letters/{deadLetterId}/discard", may_operate_dead_letters(),
          decide_by<discard_order>(services),
          {"discardDeadLetter",
           "Drops the message for ever; what waits behind it flows. Of a command of an offboarding case "
           "the risk is accepted.",
           schema_of<discard_order>, schema_of<dead_letter>})
      .refused_with({dead_letter_not_found, dead_letter_not_open, dead_letter_not_retryable});
}

}  // namespace musterd
