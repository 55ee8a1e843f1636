#include "http/auth/sign_in.hpp"

#include "common/json_read.hpp"
#include "common/log.hpp"

#include <fmt/format.h>

namespace musterd {
namespace {

fault wrong_credentials() {
  return {fault_kind::unauthenticated, "INVALID_CREDENTIALS", "Username or password is wrong.", {}, {}, {}};
}

fault token_not_valid() {
  return unauthenticated("The refresh token is not valid.");
}

/// Longer ones only make us hash for longer.
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

/// The described answer in an entity's body, or its fault.
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

using find_in_database = std::optional<login_record> (*)(pqxx::transaction_base&, std::string_view tenant,
                                                         std::string_view name);

find_login_fn finder(read_pool& reads, find_in_database find) {
  return [&reads, find](std::string tenant, std::string name, login_callback done) {
    auto failed = [done] {
      done(outcome<std::optional<login_record>>{boost::system::in_place_error,
                                                unavailable("Sign-in is not possible right now.")});
    };
    auto accepted = reads.submit(
        {[=](auto& tx) { done(find(tx, tenant, name)); }, [=](const std::exception&) { failed(); }});
    if (!accepted)
      failed();
  };
}

}  // namespace

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
  if (r.tenant)
    check_length("tenant", r.tenant, max_name_length, errors);
}

find_login_fn login_finder(read_pool& reads) {
  return finder(reads, find_login);
}

find_login_fn client_finder(read_pool& reads) {
  return finder(reads, find_service_client);
}

struct sign_in::attempt {
  token_request request;
  request_context ctx;
  callback done;
  /// What the throttle counts: the name within its tenant.
  std::string throttled_name;
  std::optional<login_record> login;
};

void sign_in::with_secret(token_request request, request_context ctx, callback done) {
  auto tenant = request.tenant.value_or(default_tenant_);
  auto who = request.is_service() ? *request.client_id : *request.username;
  auto name = tenant + (request.is_service() ? "\n\n" : "\n") + who;
  if (auto ok = throttle_.check(name, ctx.client_address, ctx.now); !ok) {
    observe_("throttled");
    return done(ok.error());
  }
  auto a = std::make_shared<attempt>(
      attempt{std::move(request), std::move(ctx), std::move(done), std::move(name), {}});
  auto& find = a->request.is_service() ? find_client_ : find_login_;
  find(std::move(tenant), std::move(who), [this, a](outcome<std::optional<login_record>> found) {
    if (!found) {
      observe_("failed");
      return a->done(found.error());
    }
    check_password(a, std::move(*found));
  });
}

void sign_in::check_password(std::shared_ptr<attempt> a, std::optional<login_record> login) {
  a->login = std::move(login);
  std::optional<std::string> hash;
  if (a->login && !a->login->password_hash.empty())
    hash = std::move(a->login->password_hash);
  auto& secret = a->request.is_service() ? a->request.client_secret : a->request.password;
  hasher_.verify(std::move(hash), std::move(*secret), [this, a](outcome<password_verdict> verdict) {
    if (!verdict) {
      observe_("failed");
      return a->done(verdict.error());
    }
    if (*verdict == password_verdict::wrong) {
      throttle_.failed(a->throttled_name, a->ctx.client_address, a->ctx.now);
      observe_("wrong");
      return a->done(wrong_credentials());
    }
    throttle_.succeeded(a->throttled_name);
    if (a->request.is_service()) {
      observe_("succeeded");
      return a->done(respond_to_service(*a->login, a->ctx.now));
    }
    open(a, *a->login);
  });
}

void sign_in::open(std::shared_ptr<attempt> a, const login_record& login) {
  auto ctx = as_user(a->ctx, login.tenant, login.user.value, login.person);
  auto refresh = refresh_token::first(login.tenant, login.person);
  open_session command{login.user, refresh.family, refresh.secret_hash(),
                       ctx.now + issuer_.settings().session_lifetime};
  people_.execute(std::move(ctx), login.person.value, std::move(command),
                  [this, a, refresh](entity_answer answer, bool) {
                    auto session = read_answer<session_view>(answer);
                    observe_(session ? "succeeded" : "refused");
                    if (!session)
                      return a->done(session.error());
                    a->done(respond(*session, refresh, a->ctx.now));
                  });
}

std::optional<refresh_token> sign_in::read_token(std::string_view text, const request_context& ctx) {
  auto token = refresh_token::parse(text);
  if (!token)
    throttle_.failed({}, ctx.client_address, ctx.now);
  return token;
}

void sign_in::with_refresh_token(std::string_view text, request_context ctx, callback done) {
  if (auto ok = throttle_.check({}, ctx.client_address, ctx.now); !ok)
    return done(ok.error());
  auto token = read_token(text, ctx);
  if (!token)
    return done(token_not_valid());
  auto next = token->next();
  auto now = ctx.now;
  auto address = ctx.client_address;
  rotate_refresh command{token->family, token->generation, token->secret_hash(), next.secret_hash()};
  people_.execute(as_user(std::move(ctx), token->tenant, {}, token->person), token->person.value,
                  std::move(command),
                  [this, next, now, address, done = std::move(done)](entity_answer answer, bool) {
                    auto rotated = read_answer<rotation_view>(answer);
                    if (rotated && rotated->session)
                      return done(respond(*rotated->session, next, now));
                    auto why = rotated ? token_not_valid() : rotated.error();
                    // Made-up tokens wake people who do not exist: whoever sends many has to wait.
                    if (why.kind == fault_kind::unauthenticated)
                      throttle_.failed({}, address, now);
                    done(std::move(why));
                  });
}

void sign_in::sign_out(std::string_view text, request_context ctx, std::function<void(outcome<void>)> done) {
  if (auto ok = throttle_.check({}, ctx.client_address, ctx.now); !ok)
    return done(ok.error());
  auto token = read_token(text, ctx);
  if (!token)
    return done(outcome<void>{});
  revoke_session command{token->family, token->generation, token->secret_hash()};
  people_.execute(as_user(std::move(ctx), token->tenant, {}, token->person), token->person.value,
                  std::move(command), [done = std::move(done)](entity_answer answer, bool) {
                    done(answer.failure ? outcome<void>{*answer.failure} : outcome<void>{});
                  });
}

outcome<token_response> sign_in::respond_to_service(const login_record& service, timestamp now) const {
  principal who{service.tenant,
                principal_kind::service,
                service.user.value,
                {},
                token_audience::internal,
                {},
                now + issuer_.settings().session_lifetime};
  return signed_response(who, now, {}, {});
}

outcome<token_response> sign_in::respond(const session_view& session, const refresh_token& refresh,
                                         timestamp now) const {
  principal who{refresh.tenant,      principal_kind::user, session.user_id.value, session.person_id,
                token_audience::api, session.family_id,    session.expires_at};
  auto left = std::chrono::floor<std::chrono::seconds>(session.expires_at - now);
  return signed_response(who, now, refresh.to_text(), left.count());
}

outcome<token_response> sign_in::signed_response(const principal& who, timestamp now,
                                                 std::optional<std::string> refresh_token,
                                                 std::optional<std::int64_t> refresh_expires_in) const {
  try {
    auto access = issuer_.issue(who, now);
    return token_response{access.text, "Bearer", access.lifetime.count(), std::move(refresh_token),
                          refresh_expires_in};
  } catch (const std::exception& e) {
    // Runs on an actor's thread, which must not end for it.
    log::error({"auth", "token_not_signed"}, "{}", e.what());
    return internal_error();
  }
}

}  // namespace musterd
