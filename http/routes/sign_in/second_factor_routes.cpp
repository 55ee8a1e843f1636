#include "http/routes/sign_in/second_factor_routes.hpp"

#include "http/routing/command_route.hpp"
#include "persistence/find/access/find_role_assignments.hpp"
#include "persistence/find/access/find_users.hpp"

namespace musterd {
namespace {

/// A factor just begun, with its secret, which a replayed answer (Idempotency-Key) lacks, as with recovery
/// codes: they are shown once.
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

/// Called with a refusal before it is sent.
using refusal_hook = std::function<void(const http_call&, const fault&)>;

/// Answers with a command's answer plus what `show` adds to it, unless the answer is a replay.
template <class View, class Command>
void run_showing(second_factor_services s, const std::shared_ptr<http_call>& call, Command command,
                 std::function<void(View&)> show, refusal_hook refused = {}) {
  auto ctx = call->context();
  auto person = call->who.person.value;
  s.people.execute(
      std::move(ctx), person, std::move(command),
      [call, show = std::move(show), refused = std::move(refused)](entity_answer answer, bool replayed) {
        if (answer.failure && refused)
          refused(*call, *answer.failure);
        if (answer.failure)
          return call->respond(call->on_record(std::move(*answer.failure)));
        auto response = to_response(std::move(answer), replayed);
        View view;
        static_cast<second_factor_view&>(view) = from_json<second_factor_view>(response.body).value();
        if (!replayed)
          show(view);
        response.body = to_json(view);
        response.headers.emplace_back("Cache-Control", "no-store");
        call->respond(std::move(response));
      });
}

/// Looks up the caller's credentials and factor, then calls `next(call, credentials, factor)`.
template <class Next>
void with_own_factor(http_call&& call, read_pool& reads, Next next) {
  with_database(std::move(call), reads, [next](pqxx::transaction_base& tx, http_call&& found) {
    user_uuid user{found.who.actor};
    auto known = find_credentials(tx, found.who.tenant, user);
    if (!known)
      return found.respond(user_not_found);
    auto factor = find_second_factor(tx, found.who.tenant, user);
    next(std::make_shared<http_call>(std::move(found)), *known, factor);
  });
}

struct enrolment {
  /// The current one; required of users who have a password.
  std::optional<std::string> password;
};
BOOST_DESCRIBE_STRUCT(enrolment, (), (password))

void begin_enrolment(second_factor_services s, const std::shared_ptr<http_call>& call,
                     const user_credentials& known) {
  user_uuid user{call->who.actor};
  auto made = s.factors.make(call->who.tenant, user, known.username);
  enrol_second_factor command{user, made.sealed, known.credential_version};
  run_showing<enrolment_view>(s, call, std::move(command), [made](auto& view) {
    view.secret = made.shown;
    view.otpauth_uri = made.otpauth_uri;
  });
}

/// Requires the password: someone who finds a session open must not make it theirs for good.
handler_fn enrol(second_factor_services s) {
  return [s](http_call&& call) {
    auto asked = request_from<enrolment>(call);
    if (!asked)
      return call.respond(asked.error());
    if (asked->password)
      if (auto ok = s.places.count_own(call.who.actor, call.request.received_at); !ok)
        return call.respond(ok.error());
    with_own_factor(std::move(call), s.reads,
                    [s, shown = asked->password](auto held, const user_credentials& known, const auto&) {
                      if (known.password_hash.empty())
                        return begin_enrolment(s, held, known);
                      if (!shown)
                        return held->respond(validation_failed({{"password", "password is required."}}));
                      auto place = s.places.take_own(held->who.tenant, held->who.actor);
                      if (!place)
                        return held->respond(place.error());
                      compare_password(s, *place, held, {held->who.actor}, known, *shown, guesser::in_session,
                                       [s, held, known](bool right) {
                                         if (right)
                                           begin_enrolment(s, held, known);
                                         else
                                           held->respond(validation_failed(
                                               {{"password", "password is not the present one."}}));
                                       });
                    });
  };
}

/// No guessing of codes within a session either: `next` gets the hook of a guess that is counted and, if
/// wrong, recorded.
template <class Next>
void with_code_guess(second_factor_services s, const std::shared_ptr<http_call>& call,
                     const user_credentials& known, Next next) {
  auto guess = password_guess::begin(s, *call, {call->who.actor}, known, guesser::in_session);
  if (!guess)
    return call->respond(guess.error());
  next([guess = *guess](const http_call& from, const fault& why) {
    if (why.kind == fault_kind::invalid)
      guess->failed(from, second_factor_invalid.code);
  });
}

handler_fn confirm(second_factor_services s) {
  return [s](http_call&& call) {
    auto asked = call.body<confirmation>();
    if (!asked)
      return call.respond(asked.error());
    with_own_factor(std::move(call), s.reads,
                    [s, asked = *asked](auto held, const user_credentials& known,
                                        const std::optional<stored_factor>& factor) {
                      with_code_guess(s, held, known, [&](refusal_hook refused) {
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
                            [codes](auto& view) { view.recovery_codes = codes.shown; }, std::move(refused));
                      });
                    });
  };
}

void remove_shown(second_factor_services s, const std::shared_ptr<http_call>& call,
                  const user_credentials& known, const std::optional<stored_factor>& factor,
                  const shown_factor& shown) {
  with_code_guess(s, call, known, [&](refusal_hook refused) {
    user_uuid user{call->who.actor};
    remove_second_factor command{user, {}};
    if (factor) {
      auto proof = s.factors.prove(call->who.tenant, user, *factor, shown, call->request.received_at);
      if (!proof)
        return call->respond(proof.error());
      command.shown = *proof;
    }
    run_command(std::move(*call), s.people, known.person.value, std::move(command), std::move(refused));
  });
}

handler_fn remove_own(second_factor_services s) {
  return [s](http_call&& call) {
    auto shown = request_from<shown_factor>(call);
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
  bool is_there =
      found && (found->status == factor_status::active || is_pending_at(*found, call.request.received_at));
  return json_response(200, is_there ? second_factor_view{found->status, found->recovery_codes_left}
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
  on.post(
        "/api/security/me/totp", freshly_signed_in(before_all), enrol(s),
        {std::string{enrol_second_factor::name},
         "Begins a second factor, with the present password: a secret for an authenticator, shown this once.",
         schema_of<enrolment>, schema_of<enrolment_view>, 201})
      .refused_with(faults_of<enrol_second_factor>());
  on.post("/api/security/me/totp/confirm", before_all, confirm(s),
          {std::string{confirm_second_factor::name},
           "Confirms the second factor with a code; answers the recovery codes, shown this once.",
           schema_of<confirmation>, schema_of<confirmation_view>})
      .refused_with(faults_of<confirm_second_factor>());
  on.post("/api/security/me/totp/remove", self, remove_own(s),
          {"removeMySecondFactor", "Removes one's own second factor, with one of its codes.",
           schema_of<shown_factor>, nullptr, 204})
      .refused_with({second_factor_not_found});
  on.del("/api/security/users/{userId}/totp",
         freshly_signed_in(permission_everywhere("security:second_factor:remove")),
         on_looked_up<remove_second_factor>(s.reads, s.people, person_with_factor),
         command_docs<remove_second_factor>("Removes the second factor of somebody who lost it."));
}

}  // namespace musterd
