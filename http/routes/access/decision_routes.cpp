#include "http/routes/access/decision_routes.hpp"

#include "domain/access/permissions.hpp"
#include "http/routing/command_route.hpp"

#include <fmt/format.h>

namespace musterd {
namespace {

/// A principal is a user, under the name other services have for it.
struct decision_request {
  std::optional<uuid> principal_id;
  std::optional<user_uuid> user_id;
  std::string permission;
  std::optional<location_uuid> location_id;
  /// Default: now.
  std::optional<timestamp> at;

  user_uuid user() const { return user_id ? *user_id : user_uuid{*principal_id}; }
};
BOOST_DESCRIBE_STRUCT(decision_request, (), (principal_id, user_id, permission, location_id, at))

void validate(const decision_request& r, std::vector<field_error>& errors) {
  if (r.user_id.has_value() == r.principal_id.has_value())
    errors.push_back({"userId", "userId or principalId is required, and only one of them."});
  if (!is_permission_key(r.permission))
    errors.push_back(
        {"permission",
         fmt::format("permission must be domain:resource:action in snake_case, {} bytes at most.",
                     longest_permission_key)});
}

constexpr std::size_t max_questions = 1000;

struct decision_batch {
  std::vector<decision_request> questions;
};
BOOST_DESCRIBE_STRUCT(decision_batch, (), (questions))

void validate(const decision_batch& batch, std::vector<field_error>& errors) {
  if (batch.questions.empty() || batch.questions.size() > max_questions)
    errors.push_back({"questions", "questions must have 1 to 1000 items."});
  for (std::size_t i = 0; i < std::min(batch.questions.size(), max_questions); ++i) {
    std::vector<field_error> found;
    validate(batch.questions[i], found);
    for (auto& e : found)
      errors.push_back({fmt::format("questions.[{}].{}", i, e.field), std::move(e.message)});
  }
}

struct decision_answers {
  std::vector<decision_view> decisions;
};
BOOST_DESCRIBE_STRUCT(decision_answers, (), (decisions))

decision_question question_of(const decision_request& r, const authorized_user* user,
                              const role_catalog& roles, timestamp now) {
  return {user, roles.index_of(r.permission), r.location_id, r.at.value_or(now)};
}

/// Decides and counts. The domain is a view into the request's text.
decision_view decide_one(const decision_request& r, const authorized_user* user, const role_catalog& roles,
                         timestamp now, decision_counts& counts) {
  auto q = question_of(r, user, roles, now);
  auto result = decide_authorization(q, roles);
  std::string_view key = r.permission;
  ++counts[{result.decision, q.permission ? key.substr(0, key.find(':')) : std::string_view{"unknown"}}];
  return result;
}

using clock = std::chrono::steady_clock;

/// Finds a question's user and answers with `respond(user, roles)`.
template <class Respond>
void with_user(const decision_services& s, http_call&& call, const decision_request& r,
               const Respond& respond) {
  auto tenant = call.who.tenant;
  auto now = call.request.received_at;
  auto at = r.at.value_or(now);
  if (auto known = s.users.awake(tenant, r.user(), at))
    return call.respond(respond(known.get(), s.companies.find(tenant)->roles));
  auto held = std::make_shared<http_call>(std::move(call));
  s.users.find({tenant, r.user(), at, now},
               [s, held, tenant, respond](const outcome<user_finder::found>& user) {
                 if (!user)
                   return held->respond(user.error());
                 held->respond(respond(user->get(), s.companies.find(tenant)->roles));
               });
}

handler_fn decide_route(const decision_services& s) {
  return [s](http_call&& call) {
    auto asked = request_from<decision_request>(call);
    if (!asked)
      return call.respond(asked.error());
    auto now = call.request.received_at;
    auto correlation_id = call.request.correlation_id;
    with_user(s, std::move(call), *asked,
              [s, r = *asked, now, correlation_id](const authorized_user* user, const role_catalog& roles) {
                auto began = clock::now();
                decision_counts counts;
                auto decided = decide_one(r, user, roles, now, counts);
                s.observe(counts, clock::now() - began);
                log::debug({"authz", "authorization.decision", correlation_id}, "{} {}: {} ({})",
                           to_string(r.user()), r.permission, enum_name(decided.decision),
                           enum_name(decided.reason));
                return json_response(200, decided);
              });
  };
}

handler_fn explain_route(const decision_services& s) {
  return [s](http_call&& call) {
    auto asked = request_from<decision_request>(call);
    if (!asked)
      return call.respond(asked.error());
    auto now = call.request.received_at;
    with_user(s, std::move(call), *asked,
              [r = *asked, now](const authorized_user* user, const role_catalog& roles) {
                return json_response(200, explain_authorization(question_of(r, user, roles, now), roles));
              });
  };
}

/// A user as of an instant.
struct asked_about {
  user_uuid user;
  timestamp at;
  friend bool operator==(const asked_about&, const asked_about&) = default;
};
struct asked_about_hash {
  std::size_t operator()(const asked_about& a) const noexcept {
    return std::hash<user_uuid>{}(a.user) * 31 + std::hash<std::int64_t>{}(a.at.time_since_epoch().count());
  }
};

/// A batch in progress: users that are asleep are woken first, all at once.
struct batch_in_progress {
  asked_about of(const decision_request& r) const {
    return {r.user(), r.at.value_or(call.request.received_at)};
  }

  http_call call;
  decision_batch batch;
  std::unordered_map<asked_about, user_finder::found, asked_about_hash> users;
  std::mutex mutex;
  std::size_t missing = 0;
  std::optional<fault> failure;
};

void answer_batch(const decision_services& s, batch_in_progress& b) {
  if (b.failure)
    return b.call.respond(*b.failure);
  auto company = s.companies.find(b.call.who.tenant);
  decision_answers result;
  decision_counts counts;
  result.decisions.reserve(b.batch.questions.size());
  auto began = clock::now();
  for (const auto& r : b.batch.questions)
    result.decisions.push_back(
        decide_one(r, b.users[b.of(r)].get(), company->roles, b.call.request.received_at, counts));
  s.observe(counts, (clock::now() - began) / b.batch.questions.size());
  b.call.respond(json_response(200, result));
}

void collect(const decision_services& s, const std::shared_ptr<batch_in_progress>& b, const asked_about& who,
             const outcome<user_finder::found>& found) {
  {
    std::lock_guard lock{b->mutex};
    if (found)
      b->users[who] = *found;
    else
      b->failure = found.error();
    if (--b->missing > 0)
      return;
  }
  answer_batch(s, *b);
}

handler_fn batch_route(const decision_services& s) {
  return [s](http_call&& call) {
    auto asked = request_from<decision_batch>(call);
    if (!asked)
      return call.respond(asked.error());
    auto b = std::make_shared<batch_in_progress>();
    b->call = std::move(call);
    b->batch = std::move(*asked);
    auto tenant = b->call.who.tenant;
    std::vector<asked_about> asleep;
    for (const auto& r : b->batch.questions) {
      auto who = b->of(r);
      auto [known, added] = b->users.try_emplace(who);
      if (!added)
        continue;
      known->second = s.users.awake(tenant, who.user, who.at);
      if (!known->second)
        asleep.push_back(who);
    }
    if (asleep.empty())
      return answer_batch(s, *b);
    b->missing = asleep.size();
    for (const auto& who : asleep)
      s.users.find({tenant, who.user, who.at, b->call.request.received_at},
                   [s, b, who](const outcome<user_finder::found>& found) { collect(s, b, who, found); });
  };
}

}  // namespace

void decision_routes(route_table& on, const decision_services& s) {
  using namespace access;
  on.post("/internal/authz/decisions", internal(service_scope::decide), decide_route(s),
          {"decideAccess", "Whether a user may do something, somewhere, at an instant.",
           schema_of<decision_request>, schema_of<decision_view>});
  on.post("/internal/authz/decisions/batch", internal(service_scope::decide), batch_route(s),
          {"decideAccessBatch", "Up to 1000 decisions, answered in order.", schema_of<decision_batch>,
           schema_of<decision_answers>});
  on.post("/internal/authz/explain", internal(service_scope::decide), explain_route(s),
          {"explainDecision", "What allowed it, or the nearest miss.", schema_of<decision_request>,
           schema_of<explanation_view>});
}

}  // namespace musterd
