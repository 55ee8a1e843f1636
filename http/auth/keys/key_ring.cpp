#include "http/auth/keys/key_ring.hpp"

#include "common/json/json_read.hpp"
#include "http/auth/auth_settings.hpp"

#include <algorithm>
#include <ctime>

namespace musterd {
namespace {

using std::chrono::seconds;

constexpr seconds longest_cached{300};
constexpr seconds least_spare_time{120};
/// Enough for a start to find all nodes' keys, unless somebody wrote thousands of rows; then they come one by
/// one.
constexpr int looks_at_first = 40;
/// How far verifiers' clocks may be behind.
constexpr seconds leeway{10};

std::chrono::nanoseconds since_boot() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec};
}

std::optional<jose_key> public_key(const std::string& jwk) {
  auto document = parse_json(jwk);
  const auto* object = document ? document->if_object() : nullptr;
  return object != nullptr ? jose_key::from_jwk(*object) : std::nullopt;
}

bool can_sign(const signing_key& k) {
  return k.key.has_private_part();
}

}  // namespace

key_ring_settings key_ring_settings_from(const auth_settings& auth) {
  return {auth.signing_keys.announced_for, auth.tokens.access_lifetime, auth.signing_keys.rotated_after};
}

seconds jwks_max_age(const key_ring_settings& s) {
  return std::min(longest_cached, s.announced_for / 3);
}

seconds key_lease(const key_ring_settings& s) {
  return s.token_lifetime + leeway + std::max(s.token_lifetime, least_spare_time);
}

const key_ring::known_key* key_ring::snapshot::find(std::string_view kid) const {
  auto found =
      std::ranges::find(keys, kid, [](const auto& k) -> std::string_view { return k.published.kid; });
  return found == keys.end() ? nullptr : &*found;
}

key_ring::key_ring(jose_key only) {
  snapshot s;
  published_key for_ever{only.kid(), only.to_jwk(false), {}, std::chrono::hours{24 * 36'500}};
  s.keys.push_back({only, std::move(for_ever)});
  s.jwks = std::make_shared<const std::string>(public_jwks({only}));
  s.ours.push_back({std::move(only), {}});
  s.read_at = since_boot();
  put(std::move(s));
}

key_ring::key_ring(signing_key_file file, audit_key seal, key_ring_settings settings)
    : file_{std::move(file)}, seal_{seal}, settings_{settings} {
  snapshot s;
  s.ours = file_->load_or_create(wall_clock_now());
  s.jwks = std::make_shared<const std::string>(public_jwks({}));
  put(std::move(s));
}

key_ring::snapshot key_ring::read(pqxx::transaction_base& tx, std::vector<signing_key> ours, int& forged) {
  auto before = current();
  snapshot s;
  s.ours = std::move(ours);
  s.read_at = since_boot();
  std::vector<std::string> known;
  for (const auto& key : before->keys)
    known.push_back(key.published.kid);
  for (const auto& key : s.ours)
    known.push_back(key.key.kid());
  auto looks = before->keys.empty() ? looks_at_first : 1;
  auto found = read_published_keys(tx, seal_, known, search_, looks);
  forged = found.forged;
  jose_key_set all;
  for (auto& published : found.keys) {
    const auto* known = before->find(published.kid);
    auto key = known != nullptr && known->published.jwk == published.jwk ? std::optional{known->key}
                                                                         : public_key(published.jwk);
    if (!key)
      continue;
    all.push_back(*key);
    s.keys.push_back({std::move(*key), std::move(published)});
  }
  for (std::size_t i = 1; i < s.ours.size(); ++i)
    if (const auto* known = s.find(s.ours[i].key.kid());
        known != nullptr && can_sign(s.ours[i]) && known->published.announced_for >= settings_.announced_for)
      s.signing = i;
  s.jwks = std::make_shared<const std::string>(public_jwks(all));
  return s;
}

bool key_ring::look_after(pqxx::transaction_base& tx, const snapshot& s) const {
  auto lease = key_lease(settings_);
  auto enough = lease - (lease - settings_.token_lifetime) / 2;
  bool any = false;
  for (std::size_t i = 0; i < s.ours.size(); ++i) {
    const auto& key = s.ours[i].key;
    const auto* known = s.find(key.kid());
    bool may_sign = can_sign(s.ours[i]) && i >= s.signing;
    bool is_over = can_sign(s.ours[i]) && !may_sign;
    // A public key left by the previous version only has to outlive its tokens.
    bool is_enough = known != nullptr && (!may_sign || known->published.verifies_for >= enough);
    if (is_over || is_enough || (known == nullptr && s.keys.size() >= most_published_keys))
      continue;
    publish_key(tx, seal_, key.kid(), key.to_jwk(false), lease);
    any = true;
  }
  return any;
}

bool key_ring::is_due(const snapshot& s, timestamp now) const {
  return settings_.rotated_after.count() > 0 && s.signing + 1 == s.ours.size() &&
         now - s.ours[s.signing].made_at.value_or(timestamp{}) >= settings_.rotated_after;
}

key_ring::tended key_ring::tend(pqxx::transaction_base& tx, timestamp now) {
  std::lock_guard only{changing_};
  tended result;
  auto before = current();
  auto trying = [&result](auto&& act) {
    try {
      act();
    } catch (const std::runtime_error& e) {
      result.trouble = e.what();
    }
  };
  auto ours = before->ours;
  trying([&] { ours = file_->load(); });
  auto s = read(tx, ours, result.forged);
  auto is_first = s.find(ours.front().key.kid()) == nullptr;
  result.is_new_here = is_first && !s.keys.empty();
  if (look_after(tx, s))
    s = read(tx, ours, result.forged);
  if (!before->keys.empty() && before->signing_kid() != s.signing_kid())
    result.begun = s.signing_kid();
  auto kid = s.signing_kid();
  bool has_old = s.signing > 0 || !std::ranges::all_of(ours, can_sign);
  bool announces = !has_old && is_due(s, now);
  put(std::move(s));
  if (result.trouble)
    return result;
  trying([&] {
    if (has_old)
      file_->drop_before(kid);
    else if (auto made = announces ? file_->announce(now, kid) : std::nullopt)
      result.announced = made->key.kid();  // published by the next call
  });
  return result;
}

void key_ring::learn(pqxx::transaction_base& tx) {
  std::lock_guard only{changing_};
  int forged = 0;
  put(read(tx, current()->ours, forged));
}

std::optional<jose_key> key_ring::key_to_sign(seconds token_lifetime) const {
  auto s = current();
  const auto* known = s->find(s->signing_kid());
  if (known == nullptr ||
      known->published.verifies_for - (since_boot() - s->read_at) < token_lifetime + leeway)
    return std::nullopt;
  return s->ours[s->signing].key;
}

jose_key_set key_ring::verifying_keys() const {
  auto s = current();
  jose_key_set result;
  for (const auto& k : s->keys)
    result.push_back(k.key);
  return result;
}

std::shared_ptr<const std::string> key_ring::jwks() const {
  return current()->jwks;
}

std::vector<key_view> key_ring::view() const {
  using std::chrono::floor;
  auto s = current();
  std::vector<key_view> result;
  for (const auto& [key, published] : s->keys) {
    auto ours = std::ranges::find(s->ours, key.kid(), [](const auto& k) { return k.key.kid(); });
    auto index = static_cast<std::size_t>(ours - s->ours.begin());
    auto state = ours == s->ours.end() || index < s->signing || !can_sign(*ours) ? key_state::verifying
                 : index == s->signing                                           ? key_state::signing
                                                                                 : key_state::announced;
    result.push_back({key.kid(), key.algorithm(), state, floor<seconds>(published.announced_for),
                      floor<seconds>(published.verifies_for)});
  }
  return result;
}

std::optional<seconds> key_ring::signing_key_age(timestamp now) const {
  auto s = current();
  auto made_at = s->ours[s->signing].made_at;
  return made_at ? std::optional{std::chrono::floor<seconds>(now - *made_at)} : std::nullopt;
}

std::shared_ptr<const key_ring::snapshot> key_ring::current() const {
  std::lock_guard lock{mutex_};
  return current_;
}

void key_ring::put(snapshot s) {
  auto next = std::make_shared<const snapshot>(std::move(s));
  std::lock_guard lock{mutex_};
  current_ = std::move(next);
}

}  // namespace musterd
