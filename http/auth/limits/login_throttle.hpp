#pragma once

#include "common/fault.hpp"
#include "http/auth/limits/guess_counters.hpp"
#include "http/auth/sign_in/recent_map.hpp"

#include <array>
#include <mutex>
#include <string>
#include <string_view>

namespace musterd {

struct throttle_settings {
  /// One name at one address.
  failure_counter::limits of_pair{5};
  /// `at_once` of pairs that have signed in before, and of services, whose clients sign in many times at
  /// once.
  int at_once_if_known = 32;
  /// One address, over all names that never signed in from it; many people may be behind it.
  failure_counter::limits of_address{50,
                                     std::chrono::seconds{1},
                                     std::chrono::seconds{60},
                                     std::chrono::seconds{3600},
                                     std::chrono::seconds{60},
                                     128};
  /// One user, over all addresses where they never signed in: this many guesses, refilled in an hour.
  guess_budget::limits of_user{};
  /// Entries of each kind, in memory.
  std::size_t max_remembered = 100'000;
};

/// Whom an attempt is for; need not exist. Usernames ignore case (D-30).
struct sign_in_name {
  std::string_view tenant;
  std::string_view name;
  /// A service's secret is random and cannot be guessed, so guesses at its name from elsewhere delay nobody.
  bool is_service = false;
};

/// Slows down password guessing without locking anyone else out. Guesses are counted before the password is
/// compared: by (user, address), by address, and by user over all addresses. Where users have signed in
/// before, only their own failures delay them. Unknown names count like known ones. Thread-safe; counts per
/// process.
class login_throttle {
 public:
  explicit login_throttle(throttle_settings settings = {});

  /// One guess under way; not counted if destroyed without a verdict. The throttle must outlive it.
  class attempt {
   public:
    attempt(attempt&& other) noexcept : owner_{std::exchange(other.owner_, nullptr)}, keys_{other.keys_} {}
    attempt& operator=(attempt&&) = delete;
    ~attempt() { settle(verdict::none, {}); }

    /// Call once it is known whether the user has signed in from there before; counts the attempt from then
    /// on. 429 after too many guesses, or while too many are under way.
    outcome<void> admit(bool was_there_before, timestamp now);
    /// The same for a guess within the user's session, counted by (user, address), and by user apart from
    /// strangers' guesses: neither delays the other.
    outcome<void> admit_in_session(timestamp now);
    /// Whether it may skip the strangers' queue.
    bool is_familiar() const { return keys_.familiar; }
    void wrong(timestamp now) { settle(verdict::wrong, now); }
    /// Forgets the failures of (user, address), and remembers that the user signed in from there.
    void right() { settle(verdict::right, {}); }

   private:
    friend login_throttle;
    enum class verdict { none, wrong, right };
    struct keys {
      std::uint64_t pair = 0, address = 0, user = 0, in_session = 0;
      bool is_service = false, familiar = false, counts_for_address = false, counts_for_user = false,
           begun = false;
    };
    attempt(login_throttle& owner, keys k) : owner_{&owner}, keys_{k} {}
    outcome<void> begin(timestamp now);
    void settle(verdict v, timestamp now);

    login_throttle* owner_;
    keys keys_;
  };

  /// 429 TOO_MANY_REQUESTS while the pair must wait; nothing is looked up then. Whether the address counts
  /// depends on that lookup.
  outcome<attempt> begin(const sign_in_name& who, std::string_view address, timestamp now);

 private:
  std::uint64_t digest(std::string_view kind, const sign_in_name& who, std::string_view network) const;
  std::chrono::seconds wait_to_begin(const attempt::keys& k, timestamp now);
  void settle(const attempt::keys& k, attempt::verdict v, timestamp now);

  throttle_settings settings_;
  std::array<std::uint8_t, 16> key_{};
  std::mutex mutex_;
  recent_map<failure_counter> pairs_, addresses_;
  recent_map<guess_budget> users_;
  /// Who has signed in from where; only a right password adds an entry.
  recent_map<bool> familiar_;
};

}  // namespace musterd
