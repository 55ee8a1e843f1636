#include "http/auth/sign_in/sign_in.hpp"

#include "common/json/json_read.hpp"
#include "common/observation/log.hpp"
#include "domain/company/service.hpp"
#include "domain/person/faults.hpp"
#include "http/message/client_address.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace musterd {
namespace {

/// Longer ones would only make us hash for longer.
constexpr std::size_t max_password_length = 1024;
constexpr std::size_t max_name_length = 256;

request_context as_user(request_context ctx, tenant_uuid tenant, uuid user, person_uuid person) {
  ctx.tenant = tenant;
  ctx.kind = principal_kind::user;
  ctx.actor = user;
  ctx.person = person;
  ctx.idempotency_key.reset();
  return ctx;
}

/// The described value in an entity's answer, or its fault.
template <class T>
outcome<T> read_answer(const entity_answer& answer) {
  if (answer.failure)
    return *answer.failure;
  return from_json<T>(answer.body);
}

}  // namespace

namespace {

void check_length(std::string_view field, const std::optional<std::string>& text, std::size_t longest,
                  std::vector<field_error>& errors) {
  if (!text)
    errors.push_back({std::string{field}, fmt::format("{} is required.", field)});
  else if (text->empty() || text->size() > longest)
    errors.push_back({std::string{field}, fmt::format("{} must have 1 to {} bytes.", field, longest)});
}

}  // namespace

std::vector<std::optional<std::string>> hashes_to_try(std::vector<std::string> stored, bool is_service) {
  std::vector<std::optional<std::string>> result{std::move_iterator{stored.begin()},
                                                 std::move_iterator{stored.end()}};
  result.resize(std::max(result.size(), is_service ? most_live_secrets : 1));
  return result;
}

void validate(const token_request& r, std::vector<field_error>& errors) {
  if (r.grant_type && r.grant_type != "password" && !r.is_service())
    errors.push_back({"grantType", "grantType must be password or client_credentials."});
  if (r.is_service()) {
    check_length("clientId", r.client_id, max_name_length, errors);
    check_length("clientSecret", r.client_secret, max_password_length, errors);
  } else {
    check_length("username", r.username, max_name_length, errors);
    check_length("password", r.password, max_password_length, errors);
  }
  validate(shown_factor{r.totp_code, r.recovery_code}, errors);
  if (r.tenant)
    check_length("tenant", r.tenant, max_name_length, errors);
}

struct sign_in::attempt {
  token_request request;
  request_context ctx;
  callback done;
  login_throttle::attempt guess;
  /// Nullopt for an unknown tenant.
  std::optional<tenant_uuid> tenant = {};
  /// Nil if the tenant has nobody of that name.
  uuid whom = {};
  std::vector<std::optional<std::string>> hashes = {};
  login_record user = {};
  service_login service = {};
};

void sign_in::refuse(attempt& a, std::string_view result, fault why) {
  observe_(result);
  bool failed_here = why.kind == fault_kind::internal || is_transient(why);
  if (!failed_here || why.kind == fault_kind::too_many_requests)
    failures_.note({a.tenant, a.whom, a.request.is_service(), why.code}, a.ctx);
  a.done(std::move(why));
}

void sign_in::with_secret(token_request request, request_context ctx, callback done) {
  if (auto may = issuer_.may_issue(); !may)
    return done(may.error());
  auto tenant = request.tenant.value_or(default_tenant_);
  auto who = request.is_service() ? *request.client_id : *request.username;
  auto guess = throttle_.begin({tenant, who, request.is_service()}, ctx.client_address, ctx.now);
  if (!guess) {
    observe_("throttled");
    failures_.note({{}, {}, request.is_service(), guess.error().code}, ctx);
    return done(guess.error());
  }
  auto network = counted_network(ctx.client_address);
  auto is_service = request.is_service();
  auto a = std::make_shared<attempt>(
      attempt{std::move(request), std::move(ctx), std::move(done), std::move(*guess)});
  if (is_service)
    return lookups_.find_service(
        std::move(tenant), std::move(who), [this, a](outcome<std::optional<service_login>> found) {
          if (!found)
            return refuse(*a, "failed", found.error());
          if (!*found)
            return begin_check(a, {}, {}, {}, false);
          a->service = std::move(**found);
          std::vector<std::string> hashes;
          for (const auto& secret : a->service.secrets)
            hashes.push_back(secret.hash);
          begin_check(a, a->service.tenant, a->service.client.value, std::move(hashes), false);
        });
  lookups_.find_user(std::move(tenant), std::move(who), std::move(network),
                     [this, a](outcome<std::optional<login_record>> found) {
                       if (!found)
                         return refuse(*a, "failed", found.error());
                       if (!*found)
                         return begin_check(a, {}, {}, {}, false);
                       a->user = std::move(**found);
                       std::vector<std::string> hashes;
                       if (!a->user.password_hash.empty())
                         hashes.push_back(a->user.password_hash);
                       begin_check(a, a->user.tenant, a->user.user.value, std::move(hashes),
                                   a->user.was_there_before);
                     });
}

void sign_in::begin_check(const std::shared_ptr<attempt>& a, std::optional<tenant_uuid> tenant, uuid whom,
                          std::vector<std::string> hashes, bool was_there_before) {
  a->tenant = tenant;
  a->whom = whom;
  a->hashes = hashes_to_try(std::move(hashes), a->request.is_service());
  if (auto ok = a->guess.admit(was_there_before, a->ctx.now); !ok)
    return refuse(*a, "throttled", ok.error());
  check_hash(a, 0);
}

void sign_in::check_hash(std::shared_ptr<attempt> a, std::size_t tried) {
  auto hash = a->hashes[tried];
  auto secret = a->request.is_service() ? *a->request.client_secret : *a->request.password;
  auto lane = a->guess.is_familiar() ? worker_lane::familiar : worker_lane::stranger;
  hasher_.verify(std::move(hash), std::move(secret), lane,
                 [this, a, tried](outcome<password_verdict> verdict) {
                   if (!verdict)
                     return refuse(*a, "failed", verdict.error());
                   if (*verdict != password_verdict::wrong)
                     return succeed(a, tried);
                   if (tried + 1 < a->hashes.size())
                     return check_hash(a, tried + 1);
                   a->guess.wrong(a->ctx.now);
                   refuse(*a, "wrong", invalid_credentials);
                 });
}

void sign_in::succeed(const std::shared_ptr<attempt>& a, std::size_t matched) {
  if (!a->request.is_service())
    return open(a, a->user);
  a->guess.right();
  observe_("succeeded");
  a->done(respond_to_service(a->service, a->service.secrets[matched].id, a->ctx.now));
}

void sign_in::open(std::shared_ptr<attempt> a, const login_record& login) {
  auto ctx = as_user(a->ctx, login.tenant, login.user.value, login.person);
  std::optional<factor_proof> shown;
  if (login.factor) {
    auto proof = factors_.prove(login.tenant, login.user, *login.factor,
                                {a->request.totp_code, a->request.recovery_code}, ctx.now);
    if (!proof)
      return refuse(*a, "failed", proof.error());
    shown = std::move(*proof);
  }
  auto refresh = refresh_token::first(login.tenant, login.person);
  open_session command{login.user,
                       refresh.family,
                       refresh.secret_hash(),
                       ctx.now + issuer_.settings().session_lifetime,
                       counted_network(ctx.client_address),
                       std::move(shown),
                       login.credential_version};
  people_.execute(std::move(ctx), login.person.value, std::move(command),
                  [this, a, refresh](entity_answer answer, bool) {
                    end_open(*a, read_answer<session_view>(answer), refresh);
                  });
}

void sign_in::end_open(attempt& a, const outcome<session_view>& session, const refresh_token& refresh) {
  if (session) {
    a.guess.right();
    observe_("succeeded");
    return a.done(respond(*session, refresh, a.ctx.now));
  }
  const auto& why = session.error().code;
  bool was_wrong = why == second_factor_invalid.code || why == invalid_credentials.code;
  if (was_wrong)
    a.guess.wrong(a.ctx.now);
  refuse(a, was_wrong ? "wrong" : "refused", session.error());
}

void sign_in::with_given(std::string_view text, request_context ctx,
                         std::function<void(outcome<std::optional<refresh_token>>, request_context)> done) {
  auto token = refresh_token::parse(text);
  if (!token) {
    observe_("made_up_token");
    return done(std::optional<refresh_token>{}, std::move(ctx));
  }
  lookups_.find_given(*token, [=, this, ctx = std::move(ctx)](const outcome<bool>& given) {
    if (!given)
      return done(given.error(), ctx);
    if (!*given)
      observe_("made_up_token");
    done(*given ? token : std::nullopt, ctx);
  });
}

void sign_in::with_refresh_token(std::string_view text, request_context ctx, callback done) {
  if (auto may = issuer_.may_issue(); !may)
    return done(may.error());
  with_given(text, std::move(ctx), [this, done = std::move(done)](auto token, request_context from) {
    if (!token)
      done(token.error());
    else if (!*token)
      done(refresh_token_not_valid);
    else
      rotate(**token, std::move(from), done);
  });
}

void sign_in::rotate(const refresh_token& token, request_context ctx, callback done) {
  auto next = token.next();
  auto now = ctx.now;
  rotate_refresh command{token.family, token.generation, token.secret_hash(), next.secret_hash()};
  people_.execute(as_user(std::move(ctx), token.tenant, {}, token.person), token.person.value,
                  std::move(command), [this, next, now, done = std::move(done)](entity_answer answer, bool) {
                    auto rotated = read_answer<rotation_view>(answer);
                    if (!rotated)
                      done(rotated.error());
                    else if (!rotated->session)
                      done(refresh_token_not_valid);
                    else
                      done(respond(*rotated->session, next, now));
                  });
}

void sign_in::sign_out(std::string_view text, request_context ctx, std::function<void(outcome<void>)> done) {
  with_given(text, std::move(ctx), [this, done = std::move(done)](auto token, request_context from) {
    if (!token)
      done(token.error());
    else if (!*token)
      done(outcome<void>{});
    else
      revoke(**token, std::move(from), done);
  });
}

void sign_in::revoke(const refresh_token& token, request_context ctx,
                     std::function<void(outcome<void>)> done) {
  revoke_session command{token.family, token.generation, token.secret_hash()};
  people_.execute(as_user(std::move(ctx), token.tenant, {}, token.person), token.person.value,
                  std::move(command), [done = std::move(done)](entity_answer answer, bool) {
                    done(answer.failure ? outcome<void>{*answer.failure} : outcome<void>{});
                  });
}

outcome<token_response> sign_in::respond_to_service(const service_login& service, service_secret_uuid secret,
                                                    timestamp now) const {
  principal who{service.tenant,
                principal_kind::service,
                service.client.value,
                {},
                token_audience::internal,
                {secret.value},
                now + issuer_.settings().session_lifetime,
                {}};
  return signed_response(who, now, {});
}

outcome<token_response> sign_in::respond(const session_view& session, const refresh_token& refresh,
                                         timestamp now) const {
  principal who{refresh.tenant,
                principal_kind::user,
                session.user_id.value,
                session.person_id,
                session.required_action ? token_audience::restricted : token_audience::api,
                session.family_id,
                session.expires_at,
                session.signed_in_at};
  auto left = std::chrono::floor<std::chrono::seconds>(session.expires_at - now);
  token_response tokens;
  tokens.refresh_token = refresh.to_text();
  tokens.refresh_expires_in = left.count();
  tokens.required_action = session.required_action;
  return signed_response(who, now, std::move(tokens));
}

outcome<token_response> sign_in::signed_response(const principal& who, timestamp now,
                                                 token_response rest) const {
  try {
    auto access = issuer_.issue(who, now);
    if (!access)
      return access.error();
    rest.access_token = access->text;
    rest.token_type = "Bearer";
    rest.expires_in = access->lifetime.count();
    return rest;
  } catch (const std::exception& e) {
    // Runs on an actor's thread, which an exception must not end.
    log::error({"auth", "token_not_signed"}, "{}", e.what());
    return internal_error();
  }
}

}  // namespace musterd
