#pragma once

#include "http/auth/limits/login_throttle.hpp"
#include "http/auth/sign_in/failed_sign_ins.hpp"
#include "http/auth/sign_in/hashing_places.hpp"
#include "http/auth/sign_in/password_hasher.hpp"
#include "http/routing/call.hpp"
#include "persistence/find/access/find_users.hpp"

/// Guesses at a user's sign-in secrets, made by callers who are signed in.
namespace musterd {

/// All outlive the routes.
struct password_services {
  password_hasher& hasher;
  login_throttle& throttle;
  failed_sign_ins& failures;
  hashing_places places;
};

/// How a guess is counted.
enum class guesser {
  /// Like a sign-in from an address where the user has never signed in.
  stranger,
  /// Like one from an address where they have.
  familiar,
  /// As made by the holder of the user's session.
  in_session,
};

/// A guess at someone's password or code from the caller's address: counted before comparing, recorded if it
/// fails. Without a verdict, it does not count.
class password_guess {
 public:
  /// Fault: TOO_MANY_REQUESTS.
  static outcome<std::shared_ptr<password_guess>> begin(const password_services& s, const http_call& call,
                                                        user_uuid whose, const user_credentials& known,
                                                        guesser as);
  void failed(const http_call& call, std::string_view reason);

 private:
  password_guess(failed_sign_ins& failures, user_uuid whose, login_throttle::attempt&& counted)
      : failures_{failures}, whose_{whose}, counted_{std::move(counted)} {}

  failed_sign_ins& failures_;
  user_uuid whose_;
  login_throttle::attempt counted_;
};

/// Compares a password with a user's. `place` is the caller's place in the hashing queue.
void compare_password(const password_services& s, hashing_places::place place,
                      const std::shared_ptr<http_call>& call, user_uuid whose, const user_credentials& known,
                      std::string password, guesser as, std::function<void(bool right)> next);

}  // namespace musterd
