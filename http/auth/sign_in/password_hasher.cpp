#include "http/auth/sign_in/password_hasher.hpp"

#include "http/auth/auth_settings.hpp"
#include "http/auth/tokens/encoding.hpp"

#include <sodium.h>

#include <array>
#include <cstdio>
#include <memory>
#include <new>

namespace musterd {
namespace {

/// A password that is wiped on destruction.
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

/// Whether the hash is the password's. libsodium's check also says "no" when out of memory, so our own format
/// is recomputed here; others are left to it. Throws std::bad_alloc.
bool is_hash_of(const std::string& hash, const std::string& password) {
  unsigned long long memory_kib = 0, passes = 0;
  int salt_at = 0;
  std::sscanf(hash.c_str(), "$argon2id$v=19$m=%llu,t=%llu,p=1$%n", &memory_kib, &passes, &salt_at);
  std::array<unsigned char, crypto_pwhash_SALTBYTES> salt;
  std::array<unsigned char, 32> stored, made;
  auto read = [](const std::string& text, std::size_t from, std::size_t to, auto& into) {
    std::size_t size = 0;
    return from < to &&
           sodium_base642bin(into.data(), into.size(), text.data() + from, to - from, nullptr, &size, nullptr,
                             sodium_base64_VARIANT_ORIGINAL_NO_PADDING) == 0 &&
           size == into.size();
  };
  auto salt_end = salt_at > 0 ? hash.find('$', static_cast<std::size_t>(salt_at)) : hash.npos;
  if (salt_end == hash.npos || !read(hash, static_cast<std::size_t>(salt_at), salt_end, salt) ||
      !read(hash, salt_end + 1, hash.size(), stored))
    return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
  if (crypto_pwhash(made.data(), made.size(), password.data(), password.size(), salt.data(), passes,
                    memory_kib * 1024, crypto_pwhash_ALG_ARGON2ID13) != 0)
    throw std::bad_alloc{};
  return sodium_memcmp(made.data(), stored.data(), made.size()) == 0;
}

fault hashing_queue_full() {
  return busy("Too many sign-ins at once.");
}

}  // namespace

hashing_cost cost_of(const password_settings& s) {
  return {s.passes, s.memory_kib * 1024};
}

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
  if (!is_hash_of(hash, password))
    return password_verdict::wrong;
  auto outdated = crypto_pwhash_str_needs_rehash(hash.c_str(), cost_.passes, cost_.memory_bytes) != 0;
  return outdated ? password_verdict::right_but_outdated : password_verdict::right;
}

void password_hasher::verify(std::optional<std::string> hash, std::string password, worker_lane lane,
                             std::function<void(outcome<password_verdict>)> done) {
  auto secret = std::make_shared<wiped_text>(std::move(password));
  auto work = [this, hash = std::move(hash), secret, done] {
    outcome<password_verdict> result{boost::system::in_place_error, hashing_queue_full()};
    try {
      auto verdict = check(hash ? *hash : nobodys_hash_, secret->text);
      result = hash ? verdict : password_verdict::wrong;
    } catch (const std::bad_alloc&) {
    }
    done(std::move(result));
  };
  auto accepted = workers_.submit(std::move(work), lane);
  if (!accepted)
    done(hashing_queue_full());
}

void password_hasher::hash(std::string password, password_check check,
                           std::function<void(outcome<std::string>)> done) {
  auto secret = std::make_shared<wiped_text>(std::move(password));
  auto accepted = workers_.submit([this, secret, check = std::move(check), done] {
    outcome<std::string> result{boost::system::in_place_error, hashing_queue_full()};
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
    done(outcome<std::string>{boost::system::in_place_error, hashing_queue_full()});
}

}  // namespace musterd
