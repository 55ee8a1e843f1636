#include "http/auth/password_hasher.hpp"

#include "http/auth/encoding.hpp"

#include <sodium.h>

#include <array>
#include <memory>
#include <new>

namespace musterd {
namespace {

/// A password that is wiped when nobody needs it any more.
struct wiped_text {
  explicit wiped_text(std::string t) : text{std::move(t)} {}
  wiped_text(const wiped_text&) = delete;
  wiped_text& operator=(const wiped_text&) = delete;
  ~wiped_text() { sodium_memzero(text.data(), text.size()); }
  std::string text;
};

std::string random_text() {
  std::array<std::uint8_t, 24> bytes;
  fill_random(bytes);
  return base64url(bytes);
}

constexpr int niceness = 10;

fault too_many() {
  return busy("Too many sign-ins at once.");
}

}  // namespace

password_hasher::password_hasher(hashing_cost cost, std::size_t threads, std::size_t max_waiting)
    : cost_{cost}, nobodys_hash_{hash_now(random_text())}, workers_{threads, max_waiting, niceness} {}

std::string password_hasher::hash_now(const std::string& password) const {
  ensure_sodium();
  char text[crypto_pwhash_STRBYTES];
  if (crypto_pwhash_str_alg(text, password.data(), password.size(), cost_.passes, cost_.memory_bytes,
                            crypto_pwhash_ALG_ARGON2ID13) != 0)
    throw std::bad_alloc{};
  return text;
}

password_verdict password_hasher::check(const std::string& hash, const std::string& password) const {
  if (crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) != 0)
    return password_verdict::wrong;
  auto outdated = crypto_pwhash_str_needs_rehash(hash.c_str(), cost_.passes, cost_.memory_bytes) != 0;
  return outdated ? password_verdict::right_but_outdated : password_verdict::right;
}

void password_hasher::verify(std::optional<std::string> hash, std::string password, worker_lane lane,
                             std::function<void(outcome<password_verdict>)> done) {
  auto secret = std::make_shared<wiped_text>(std::move(password));
  auto work = [this, hash = std::move(hash), secret, done] {
    auto verdict = check(hash ? *hash : nobodys_hash_, secret->text);
    done(hash ? verdict : password_verdict::wrong);
  };
  auto accepted = workers_.submit(std::move(work), lane);
  if (!accepted)
    done(too_many());
}

void password_hasher::hash(std::string password, password_check check,
                           std::function<void(outcome<std::string>)> done) {
  auto secret = std::make_shared<wiped_text>(std::move(password));
  auto accepted = workers_.submit([this, secret, check = std::move(check), done] {
    outcome<std::string> result{boost::system::in_place_error, too_many()};
    try {
      if (auto wrong = check(secret->text); !wrong.empty())
        result = outcome<std::string>{boost::system::in_place_error, validation_failed(std::move(wrong))};
      else
        result = hash_now(secret->text);
    } catch (const std::bad_alloc&) {
    }
    done(std::move(result));
  });
  if (!accepted)
    done(outcome<std::string>{boost::system::in_place_error, too_many()});
}

}  // namespace musterd
