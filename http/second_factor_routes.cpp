#include "http/second_factor_routes.hpp"

#include "http/command_route.hpp"
#include "persistence/find_role_assignments.hpp"
#include "persistence/find_users.hpp"

namespace musterd {
namespace {

/// A factor that was begun, and its secret. A request that is repeated (Idempotency-Key) is answered without
/// it, as with recovery codes: they are shown once.
struct enrolment_view : second_factor_view {
  std::optional<std::string> secret;
  std::optional<std::string> otpauth_uri;
};
BOOST_DESCRIBE_STRUCT(enrolment_view, (second_factor_view), (secret, otpauth_uri))

struct confirmation_view : second_factor_view {
  std::optional<std::vector<std::string>> recovery_codes;
};
BOOST_DESCRIBE_STRUCT(confirmation_view, (second_factor_view), (recovery_codes))

struct confirmation {
  std::string totp_code;
};
BOOST_DESCRIBE_STRUCT(confirmation, (), (totp_code))

/// Answers with what a command answers and with what was made for it, unless the request is a repeated one.
template <class View, class Command>
void run_showing(second_factor_services s, const std::shared_ptr<http_call>& call, Command command,
                 std::function<void(View&)> show) {
  auto ctx = call->context();
  auto person = call->who.person.value;
  s.people.execute(std::move(ctx), person, std::move(command),
                   [call, show = std::move(show)](entity_answer answer, bool replayed) {
                     if (answer.failure)
                       return call->respond(call->on_record(std::move(*answer.failure)));
                     auto response = to_response(std::move(answer), replayed);
                     View view;
                     static_cast<second_factor_view&>(view) =
                         from_json<second_factor_view>(response.body).value();
                     if (!replayed)
                       show(view);
                     response.body = to_json(view);
                     response.headers.emplace_back("Cache-Control", "no-store");
                     call->respond(std::move(response));
                   });
}

/// Goes on with what is known of the caller's sign-in: `next(call, credentials, factor)`.
template <class Next>
void with_own_factor(http_call&& call, read_pool& reads, Next next) {
  with_database(std::move(call), reads, [next](pqxx::transaction_base& tx, http_call&& found) {
    user_uuid user{found.who.actor};
    auto known = find_credentials(tx, found.who.tenant, user);
    if (!known)
      return found.respond(user_not_found());
    auto factor = find_second_factor(tx, found.who.tenant, user);
    next(std::make_shared<http_call>(std::move(found)), *known, factor);
  });
}

handler_fn enrol(second_factor_services s) {
  return [s](http_call&& call) {
    with_own_factor(std::move(call), s.reads, [s](auto held, const user_credentials& known, const auto&) {
      user_uuid user{held->who.actor};
      auto made = s.factors.make(held->who.tenant, user, known.username);
      run_showing<enrolment_view>(s, held, enrol_second_factor{user, made.sealed}, [made](auto& view) {
        view.secret = made.shown;
        view.otpauth_uri = made.otpauth_uri;
      });
    });
  };
}

handler_fn confirm(second_factor_services s) {
  return [s](http_call&& call) {
    auto asked = call.body<confirmation>();
    if (!asked)
      return call.respond(asked.error());
    with_own_factor(std::move(call), s.reads,
                    [s, asked = *asked](auto held, const auto&, const std::optional<stored_factor>& factor) {
                      user_uuid user{held->who.actor};
                      factor_proof proof;
                      if (factor) {
                        auto shown = s.factors.prove(held->who.tenant, user, *factor, {asked.totp_code, {}},
                                                     held->request.received_at);
                        if (!shown)
                          return held->respond(shown.error());
                        proof = **shown;
                      }
                      auto codes = second_factors::make_recovery_codes();
                      run_showing<confirmation_view>(
                          s, held, confirm_second_factor{user, std::move(proof), codes.hashes},
                          [codes](auto& view) { view.recovery_codes = codes.shown; });
                    });
  };
}

/// Whoever has somebody's session guesses no codes here: a guess is counted as at signing in.
void remove_shown(second_factor_services s, const std::shared_ptr<http_call>& call,
                  const user_credentials& known, const std::optional<stored_factor>& factor,
                  const shown_factor& shown) {
  const auto& request = call->request;
  auto guess =
      s.throttle.begin({known.tenant_code, known.username}, request.client_address, request.received_at);
  if (!guess)
    return call->respond(guess.error());
  if (auto ok = guess->admit(true, request.received_at); !ok)
    return call->respond(ok.error());
  user_uuid user{call->who.actor};
  remove_second_factor command{user, {}};
  if (factor) {
    auto proof = s.factors.prove(call->who.tenant, user, *factor, shown, request.received_at);
    if (!proof)
      return call->respond(proof.error());
    command.shown = *proof;
  }
  auto held = std::make_shared<login_throttle::attempt>(std::move(*guess));
  run_command(std::move(*call), s.people, known.person.value, std::move(command),
              [s, user, held](const http_call& from, const fault& why) {
                if (why.kind != fault_kind::invalid)
                  return;
                held->wrong(from.request.received_at);
                s.failures.note({from.who.tenant, user.value, false, second_factor_invalid().code},
                                context_of(from.who, from.request));
              });
}

handler_fn remove_own(second_factor_services s) {
  return [s](http_call&& call) {
    auto shown = command_from<shown_factor>(call);
    if (!shown)
      return call.respond(shown.error());
    with_own_factor(std::move(call), s.reads,
                    [s, shown = *shown](const auto& held, const auto& known, const auto& factor) {
                      remove_shown(s, held, known, factor, shown);
                    });
  };
}

outcome<http_response> show_own(pqxx::transaction_base& tx, const http_call& call) {
  auto found = find_second_factor(tx, call.who.tenant, {call.who.actor});
  return json_response(200, found ? second_factor_view{found->status, found->recovery_codes_left}
                                  : second_factor_view{});
}

outcome<uuid> person_with_factor(pqxx::transaction_base& tx, const http_call& call,
                                 const remove_second_factor& c) {
  return expect_person_of_user(tx, call.who.tenant, c.user_id);
}

}  // namespace

void second_factor_routes(route_table& on, second_factor_services s) {
  using namespace access;
  auto before_all = self_settling(required_action::enrol_second_factor);
  on.get("/api/security/me/totp", before_all, from_database(s.reads, show_own),
         {"getMySecondFactor", "Whether one has a second factor, and how many recovery codes are left.",
          nullptr, schema_of<second_factor_view>});
  on.post("/api/security/me/totp", freshly_signed_in(before_all), enrol(s),
          {std::string{enrol_second_factor::name},
           "Begins a second factor: a secret for an authenticator, shown this once.", nullptr,
           schema_of<enrolment_view>, 201});
  on.post("/api/security/me/totp/confirm", before_all, confirm(s),
          {std::string{confirm_second_factor::name},
           "Confirms the second factor with a code; answers the recovery codes, shown this once.",
           schema_of<confirmation>, schema_of<confirmation_view>});
  on.post("/api/security/me/totp/remove", self, remove_own(s),
          {"removeMySecondFactor", "Removes one's own second factor, with one of its codes.",
           schema_of<shown_factor>, nullptr, 204});
  on.del("/api/security/users/{userId}/totp",
         freshly_signed_in(permission_everywhere("security:second_factor:remove")),
         located<remove_second_factor>(s.reads, s.people, person_with_factor),
         command_docs<remove_second_factor>("Removes the second factor of somebody who lost it."));
}

}  // namespace musterd
