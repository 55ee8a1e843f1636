#include "http/auth/auth_routes.hpp"

#include "domain/person/faults.hpp"
#include "http/auth/discovery.hpp"
#include "http/auth/tokens/token_form.hpp"
#include "http/message/content_type.hpp"
#include "http/routing/command_route.hpp"

namespace musterd {
namespace {

struct refresh_request {
  std::string refresh_token;
};
BOOST_DESCRIBE_STRUCT(refresh_request, (), (refresh_token))

http_response tokens_response(const token_response& tokens) {
  auto response = json_response(200, tokens);
  response.headers.emplace_back("Cache-Control", "no-store");  // RFC 6749, 5.1
  return response;
}

/// Answers from whichever thread a sign-in ends on.
sign_in::callback answer_with_tokens(std::shared_ptr<http_call> call) {
  return [call = std::move(call)](outcome<token_response> tokens) {
    if (tokens)
      call->respond(tokens_response(*tokens));
    else
      call->respond(tokens.error());
  };
}

handler_fn with_secret(sign_in& sessions) {
  return [&sessions](http_call&& call) {
    auto request = request_from<token_request>(call);
    if (!request)
      return call.respond(request.error());
    auto ctx = call.context();
    sessions.with_secret(std::move(*request), std::move(ctx),
                         answer_with_tokens(std::make_shared<http_call>(std::move(call))));
  };
}

handler_fn with_form(sign_in& sessions) {
  return [&sessions](http_call&& call) {
    auto form = read_token_form(call.request.body);
    if (!form)
      return call.respond(form_refusal(form.error(), false));
    auto ctx = call.context();
    auto held = std::make_shared<http_call>(std::move(call));
    auto answer = [held, is_client = form->secret.is_service()](outcome<token_response> tokens) {
      held->respond(tokens ? form_answer(*tokens) : form_refusal(tokens.error(), is_client));
    };
    if (form->refresh_token)
      sessions.with_refresh_token(*form->refresh_token, std::move(ctx), std::move(answer));
    else
      sessions.with_secret(std::move(form->secret), std::move(ctx), std::move(answer));
  };
}

handler_fn token_endpoint(sign_in& sessions) {
  return [form = with_form(sessions), json = with_secret(sessions)](http_call&& call) {
    (is_form(call.request.content_type) ? form : json)(std::move(call));
  };
}

handler_fn with_refresh_token(sign_in& sessions) {
  return [&sessions](http_call&& call) {
    auto request = call.body<refresh_request>();
    if (!request)
      return call.respond(request.error());
    auto ctx = call.context();
    sessions.with_refresh_token(request->refresh_token, std::move(ctx),
                                answer_with_tokens(std::make_shared<http_call>(std::move(call))));
  };
}

handler_fn sign_out(sign_in& sessions) {
  return [&sessions](http_call&& call) {
    auto request = call.body<refresh_request>();
    if (!request)
      return call.respond(request.error());
    auto ctx = call.context();
    auto held = std::make_shared<http_call>(std::move(call));
    sessions.sign_out(request->refresh_token, std::move(ctx), [held](outcome<void> done) {
      if (done)
        held->respond(no_content());
      else
        held->respond(done.error());
    });
  };
}

handler_fn me(auth_services services) {
  return [services](http_call&& call) {
    auto who = call.who;
    auto now = call.request.received_at;
    auto held = std::make_shared<http_call>(std::move(call));
    services.ask(who.tenant, who.person, {{who.actor}, {}, true}, now,
                 [held, services, who, now](const outcome<access_standing>& standing) {
                   if (!standing)
                     return held->respond(standing.error());
                   if (!standing->identity)
                     return held->respond(fault_of(standing->verdict));
                   auto company = services.companies.find(who.tenant);
                   held->respond(json_response(200, make_me_view(*standing->identity, company->roles, now)));
                 });
  };
}

std::string cached_for(std::chrono::seconds time) {
  return fmt::format("public, max-age={}", time.count());
}

handler_fn jwks(const key_ring& keys) {
  return [&keys](http_call&& call) {
    http_response response;
    response.body = *keys.jwks();
    response.headers.emplace_back("Cache-Control", cached_for(jwks_max_age(keys.settings())));
    call.respond(std::move(response));
  };
}

constexpr auto issuer_has_no_address =
    not_found("ISSUER_HAS_NO_ADDRESS", "auth.issuer is not the https URL of this server.");

handler_fn discovery(const token_issuer& issuer) {
  return [&issuer](http_call&& call) {
    auto document = discovery_document(issuer);
    if (!document)
      return call.respond(issuer_has_no_address);
    http_response response;
    response.body = std::move(*document);
    response.headers.emplace_back("Cache-Control", cached_for(jwks_max_age(issuer.keys().settings())));
    call.respond(std::move(response));
  };
}

}  // namespace

void auth_routes(route_table& on, auth_services services) {
  using namespace access;
  on.post(token_path, open, token_endpoint(services.sessions),
          {"signIn",
           "Trades a username and password, or a service's secret, for tokens; also as OAuth 2.0 has it.",
           schema_of<token_request>, schema_of<token_response>})
      .refused_with({invalid_credentials, second_factor_required, second_factor_invalid, account_disabled});
  on.post("/api/security/auth/refresh", open, with_refresh_token(services.sessions),
          {"refreshTokens", "Trades a refresh token for new tokens; each is good once.",
           schema_of<refresh_request>, schema_of<token_response>})
      .refused_with(faults_of<rotate_refresh>());
  on.post("/api/security/auth/revoke", open, sign_out(services.sessions),
          {"signOut", "Ends the session of a refresh token.", schema_of<refresh_request>, nullptr, 204});
  on.get("/api/security/me", self, me(services),
         {"getMyIdentity", "The caller: user, person, roles in force, permissions.", nullptr,
          schema_of<me_view>});
  on.get(discovery_path, open, discovery(services.issuer),
         {"getDiscoveryDocument", "What OpenID Connect Discovery says of this server.", nullptr,
          schema_of<raw_json>})
      .refused_with({issuer_has_no_address});
  on.get(jwks_path, open, jwks(services.issuer.keys()),
         {"getSigningKeys", "The public keys of our access tokens.", nullptr, schema_of<raw_json>});
}

}  // namespace musterd
