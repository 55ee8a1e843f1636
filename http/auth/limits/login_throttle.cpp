#include "http/auth/limits/login_throttle.hpp"

#include "common/text/text.hpp"
#include "http/auth/tokens/encoding.hpp"
#include "http/message/client_address.hpp"

#include <sodium.h>

#include <cstring>

namespace musterd {
namespace {

fault wait_first(std::chrono::seconds wait) {
  return {fault_kind::too_many_requests,
          "TOO_MANY_REQUESTS",
          "Too many failed sign-ins; try again later.",
          {},
          {},
          wait.count()};
}

outcome<void> let_through(std::chrono::seconds wait) {
  return wait.count() > 0 ? outcome<void>{wait_first(wait)} : outcome<void>{boost::system::in_place_value};
}

}  // namespace

login_throttle::login_throttle(throttle_settings settings)
    : settings_{settings}, pairs_{settings.max_remembered}, addresses_{settings.max_remembered},
      users_{settings.max_remembered}, familiar_{settings.max_remembered} {
  fill_random(key_);
}

/// Keyed per process, so that nobody can search for names that collide with someone's.
std::uint64_t login_throttle::digest(std::string_view kind, const sign_in_name& who,
                                     std::string_view network) const {
  static_assert(crypto_shorthash_BYTES == sizeof(std::uint64_t) && crypto_shorthash_KEYBYTES == sizeof key_);
  std::string text;
  auto name = folded(who.name);
  for (auto part : {kind, who.tenant, std::string_view{name}, network}) {
    text += std::to_string(part.size());
    text += ':';
    text += part;
  }
  std::uint64_t result = 0;
  crypto_shorthash(reinterpret_cast<unsigned char*>(&result),
                   reinterpret_cast<const unsigned char*>(text.data()), text.size(), key_.data());
  return result;
}

outcome<login_throttle::attempt> login_throttle::begin(const sign_in_name& who, std::string_view address,
                                                       timestamp now) {
  auto network = counted_network(address);
  std::string_view kind = who.is_service ? "service" : "user";
  attempt::keys k{digest(kind, who, network), digest("address", {}, network), digest(kind, who, {}),
                  digest("session", who, {}), who.is_service};
  std::lock_guard lock{mutex_};
  k.familiar = familiar_.find(k.pair) != nullptr;
  if (auto* pair = pairs_.find(k.pair))
    if (auto ok = let_through(pair->wait(settings_.of_pair, now)); !ok)
      return ok.error();
  return attempt{*this, k};
}

std::chrono::seconds login_throttle::wait_to_begin(const attempt::keys& k, timestamp now) {
  auto of_pair = settings_.of_pair;
  if (k.familiar || k.is_service)
    of_pair.at_once = settings_.at_once_if_known;
  std::chrono::seconds result{0};
  if (auto* pair = pairs_.find(k.pair))
    result = pair->wait_to_begin(of_pair, now);
  if (auto* address = k.counts_for_address ? addresses_.find(k.address) : nullptr)
    result = std::max(result, address->wait_to_begin(settings_.of_address, now));
  if (auto* budget = k.counts_for_user ? users_.find(k.user) : nullptr)
    result = std::max(result, budget->wait(settings_.of_user, now));
  return result;
}

outcome<void> login_throttle::attempt::admit(bool was_there_before, timestamp now) {
  keys_.familiar = keys_.familiar || was_there_before;
  keys_.counts_for_address = !keys_.familiar;
  keys_.counts_for_user = !keys_.familiar && !keys_.is_service;
  return begin(now);
}

outcome<void> login_throttle::attempt::admit_in_session(timestamp now) {
  keys_.familiar = true;
  keys_.user = keys_.in_session;
  keys_.counts_for_user = true;
  return begin(now);
}

outcome<void> login_throttle::attempt::begin(timestamp now) {
  std::lock_guard lock{owner_->mutex_};
  if (auto ok = let_through(owner_->wait_to_begin(keys_, now)); !ok)
    return ok;
  keys_.begun = true;
  owner_->pairs_.touch(keys_.pair).begin();
  if (keys_.counts_for_address)
    owner_->addresses_.touch(keys_.address).begin();
  if (keys_.counts_for_user)
    owner_->users_.touch(keys_.user).spend(owner_->settings_.of_user, now);
  return boost::system::in_place_value;
}

void login_throttle::attempt::settle(verdict v, timestamp now) {
  if (auto* owner = std::exchange(owner_, nullptr))
    owner->settle(keys_, v, now);
}

void login_throttle::settle(const attempt::keys& k, attempt::verdict v, timestamp now) {
  using verdict = attempt::verdict;
  if (!k.begun)
    return;
  std::lock_guard lock{mutex_};
  auto& pair = pairs_.touch(k.pair);
  pair.end();
  if (v == verdict::wrong)
    pair.fail(settings_.of_pair, now);
  else if (v == verdict::right)
    pair.forget();
  if (pair.is_blank())
    pairs_.erase(k.pair);
  if (k.counts_for_address)
    if (auto* address = addresses_.find(k.address)) {
      address->end();
      if (v == verdict::wrong)
        address->fail(settings_.of_address, now);
    }
  if (k.counts_for_user && v != verdict::wrong)
    if (auto* budget = users_.find(k.user))
      budget->give_back(settings_.of_user);
  if (v == verdict::right)
    familiar_.touch(k.pair) = true;
}

}  // namespace musterd
