#include "http/auth/sign_in/password_guess.hpp"

#include "domain/person/sessions/session_commands.hpp"

namespace musterd {

outcome<std::shared_ptr<password_guess>> password_guess::begin(const password_services& s,
                                                               const http_call& call, user_uuid whose,
                                                               const user_credentials& known, guesser as) {
  const auto& request = call.request;
  auto refused = [&](const fault& why) {
    s.failures.note({call.who.tenant, whose.value, false, why.code}, context_of(call.who, request));
    return why;
  };
  auto counted =
      s.throttle.begin({known.tenant_code, known.username}, request.client_address, request.received_at);
  if (!counted)
    return refused(counted.error());
  auto admitted = as == guesser::in_session ? counted->admit_in_session(request.received_at)
                                            : counted->admit(as == guesser::familiar, request.received_at);
  if (!admitted)
    return refused(admitted.error());
  return std::shared_ptr<password_guess>{new password_guess{s.failures, whose, std::move(*counted)}};
}

void password_guess::failed(const http_call& call, std::string_view reason) {
  counted_.wrong(call.request.received_at);
  failures_.note({call.who.tenant, whose_.value, false, reason}, context_of(call.who, call.request));
}

void compare_password(const password_services& s, hashing_places::place place,
                      const std::shared_ptr<http_call>& call, user_uuid whose, const user_credentials& known,
                      std::string password, guesser as, std::function<void(bool right)> next) {
  auto guess = password_guess::begin(s, *call, whose, known, as);
  if (!guess)
    return call->respond(guess.error());
  s.hasher.verify(known.hash(), std::move(password), worker_lane::familiar,
                  [call, place = std::move(place), guess = *guess,
                   next = std::move(next)](outcome<password_verdict> verdict) {
                    if (!verdict)
                      return call->respond(verdict.error());
                    bool right = *verdict != password_verdict::wrong;
                    if (!right)
                      guess->failed(*call, invalid_credentials.code);
                    next(right);
                  });
}

}  // namespace musterd
