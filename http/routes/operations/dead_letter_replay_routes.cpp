#include "domain/operations/faults.hpp"
#include "http/routes/operations/dead_letter_access.hpp"
#include "http/routing/command_route.hpp"
#include "http/routing/list_query.hpp"

namespace musterd {
namespace {

constexpr std::size_t sample_size = 20;

struct replay_order {
  /// {} matches all open letters.
  dead_letter_filter filter;
  std::optional<std::int64_t> rate_per_second;
  std::optional<bool> dry_run;
};
BOOST_DESCRIBE_STRUCT(replay_order, (), (filter, rate_per_second, dry_run))
void validate(const replay_order& order, std::vector<field_error>& errors) {
  auto rate = order.rate_per_second.value_or(default_replay_rate);
  if (rate < 1 || rate > max_replay_rate)
    errors.push_back(
        {"ratePerSecond", fmt::format("ratePerSecond must be between 1 and {}.", max_replay_rate)});
  limit_filter("filter.queue", order.filter.queue, errors);
  limit_filter("filter.type", order.filter.type, errors);
}

/// What a replay would select: how many letters, and the first of them.
struct replay_preview {
  std::int64_t total = 0;
  std::vector<dead_letter> sample;
};
BOOST_DESCRIBE_STRUCT(replay_preview, (), (total, sample))

constexpr auto replay_too_large =
    bad_request("REPLAY_TOO_LARGE", "A replay has fewer letters than this filter finds.");

replay_preview preview(pqxx::transaction_base& tx, std::vector<uuid> chosen) {
  auto total = static_cast<std::int64_t>(chosen.size());
  chosen.resize(std::min(chosen.size(), sample_size));
  return {total, read_dead_letters(tx, chosen)};
}

void start_replay(http_call& call, const dead_letter_services& services, const replay_order& order,
                  const std::vector<uuid>& chosen) {
  auto ctx = call.context();
  dead_letter_replay replay;
  replay.replay_id = uuid::generate();
  replay.created_by = ctx.actor;
  replay.correlation_id = ctx.correlation_id;
  replay.traceparent = ctx.traceparent;
  replay.filter.text = to_json(order.filter);
  replay.rate_per_second = order.rate_per_second.value_or(default_replay_rate);
  replay.total = static_cast<std::int64_t>(chosen.size());
  replay.created_at = ctx.now;
  replay_view view;
  view.replay_id = replay.replay_id;
  view.filter = order.filter;
  view.total = replay.total;
  view.rate_per_second = replay.rate_per_second;
  view.created_by = replay.created_by;
  view.created_at = replay.created_at;
  commit_and_answer(std::move(call), services.commits, services.reads,
                    request_replay(ctx, replay, chosen, audit_entry_uuid::generate()),
                    json_response(202, view), {}, [&r = services.replayer] { r.notify(); });
}

handler_fn retry_many(const dead_letter_services& services) {
  return [services](http_call&& call) {
    auto order = request_from<replay_order>(call);
    if (!order)
      return call.respond(order.error());
    with_database(
        std::move(call), services.reads,
        [services, order = *order](pqxx::transaction_base& tx, http_call&& held) {
          auto chosen =
              select_open_dead_letters(tx, scope_of(held, services), order.filter, max_replay_letters + 1);
          if (static_cast<std::int64_t>(chosen.size()) > max_replay_letters)
            held.respond(replay_too_large.saying(
                fmt::format("A replay has at most {} letters; this filter finds more. Ask for fewer.",
                            max_replay_letters)));
          else if (order.dry_run.value_or(false))
            held.respond(json_response(200, preview(tx, std::move(chosen))));
          else
            start_replay(held, services, order, chosen);
        },
        read_use::list);
  };
}

outcome<http_response> list_replays(pqxx::transaction_base& tx, const http_call& call,
                                    const whole_list& /*all*/, const page_limits& limits) {
  return json_response(200, find_replays(tx, call.who.tenant, limits));
}

outcome<http_response> one_replay(pqxx::transaction_base& tx, const http_call& call) {
  auto id = call.id_parameter<uuid>("replayId");
  if (!id)
    return id.error();
  auto replay = find_replay(tx, call.who.tenant, *id);
  if (!replay)
    return dead_letter_replay_not_found;
  return json_response(200, *replay);
}

void cancel(pqxx::transaction_base& tx, http_call& call, const dead_letter_services& services, uuid id) {
  auto replay = find_stored_replay(tx, call.who.tenant, id);
  if (!replay)
    return call.respond(dead_letter_replay_not_found);
  auto ctx = call.context();
  // A replay that has ended keeps its end: the database refuses another.
  commit_and_answer(
      std::move(call), services.commits, services.reads,
      end_replay(ctx, std::move(*replay), replay_state::cancelled, audit_entry_uuid::generate()),
      no_content());
}

struct cancel_order {};
BOOST_DESCRIBE_STRUCT(cancel_order, (), ())

handler_fn cancel_replay(const dead_letter_services& services) {
  return [services](http_call&& call) {
    auto id = call.id_parameter<uuid>("replayId");
    auto order = request_from<cancel_order>(call);
    if (!id || !order)
      return call.respond(id ? order.error() : id.error());
    with_database(std::move(call), services.reads,
                  [services, id = *id](pqxx::transaction_base& tx, http_call&& held) {
                    cancel(tx, held, services, id);
                  });
  };
}

}  // namespace

void dead_letter_replay_routes(route_table& on, const dead_letter_services& services) {
  on.post(
        "/api/ops/dead-letters/retry", may_operate_dead_letters(), retry_many(services),
        {"replayDeadLetters",
         "Retries the open letters that match now, oldest first, at a chosen rate; a dry run (200) only says "
         "which.",
         schema_of<replay_order>, schema_of<replay_view>, 202})
      .or_answers(200, schema_of<replay_preview>)
      .refused_with({replay_too_large});
  on.get("/api/ops/dead-letter-replays", may_view_dead_letters(),
         list_of<whole_list>(services.reads, list_replays),
         list_docs<whole_list, replay_view>("listDeadLetterReplays", "Replays, newest first."));
  on.get("/api/ops/dead-letter-replays/{replayId}", may_view_dead_letters(),
         from_database(services.reads, one_replay),
         {"getDeadLetterReplay", "How far a replay is.", nullptr, schema_of<replay_view>})
      .refused_with({dead_letter_replay_not_found});
  on.post("/api/ops/dead-letter-replays/{replayId}/cancel", may_operate_dead_letters(),
          cancel_replay(services),
          {"cancelDeadLetterReplay", "Ends a replay; what is not retried by then stays open.",
           schema_of<cancel_order>, nullptr, 204})
      .refused_with({dead_letter_replay_not_found, dead_letter_replay_finished});
}

}  // namespace musterd
