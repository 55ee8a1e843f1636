#include "actors/journal/raise_alert.hpp"
#include "common/observation/log.hpp"
#include "persistence/audit/verify_audit.hpp"
#include "server/parts.hpp"

#include <fmt/format.h>

#include <thread>

namespace musterd {
namespace {

using namespace std::chrono_literals;

constexpr auto looked_after_every = 1s;
/// What other nodes need to see a key that they did not know.
constexpr auto time_for_others = 3 * looked_after_every;

/// Logged, and shown to the operators of the default tenant, if there is one yet.
void raise_about_keys(server::parts& p, pqxx::transaction_base& tx, std::string_view type,
                      const std::string& message) {
  log::critical({"auth", type}, "{}", message);
  auto tenant = find_tenant(std::move(tx), p.settings.auth.default_tenant);
  if (!tenant)
    return;
  operator_alert alert{uuid::generate(), alert_severity::critical,    std::string{type}, message,
                       {"{}"},           to_string(uuid::generate()), wall_clock_now()};
  raise_alert(p.commits, *tenant, alert);
}

void tell(const key_ring::tended& what) {
  if (what.announced)
    log::info({"auth", "signing_key_announced"}, "{}", *what.announced);
  if (what.begun)
    log::info({"auth", "signing_key_begun"}, "{}", *what.begun);
}

/// What was already wrong the last time.
struct known_trouble {
  bool file = false, forged = false;
};

void look_after(server::parts& p, pqxx::transaction_base& tx, known_trouble& known) {
  auto now = wall_clock_now();
  auto tended = p.keys.tend(tx, now);
  p.verifier.take_own_keys(p.keys.verifying_keys(), now);
  tell(tended);
  p.counted.gauge("signing_key_trouble").Set(tended.trouble ? 1 : 0);
  if (tended.trouble && !known.file)
    raise_about_keys(p, tx, "SIGNING_KEYS_UNUSABLE",
                     "The signing keys from before are used on: " + *tended.trouble);
  if (tended.forged > 0 && !known.forged)
    raise_about_keys(p, tx, "SIGNING_KEYS_FORGED",
                     fmt::format("{} published signing keys are not sealed with the key of the audit trail.",
                                 tended.forged));
  known = {tended.trouble.has_value(), tended.forged > 0};
}

}  // namespace

void start_signing(server::parts& p, pqxx::transaction_base& tx) {
  auto now = wall_clock_now();
  auto tended = p.keys.tend(tx, now);
  if (tended.trouble)
    throw std::runtime_error{*tended.trouble};
  if (!p.issuer.may_issue())
    throw std::runtime_error{
        "too many signing keys are published: wait until those of nodes that are gone have ended"};
  p.verifier.take_own_keys(p.keys.verifying_keys(), now);
  tell(tended);
  if (tended.is_new_here)
    std::this_thread::sleep_for(time_for_others);
}

housekeeping::chore signing_key_chore(server::parts& p) {
  return {"signing_keys", looked_after_every,
          [&p, known = known_trouble{}](pqxx::transaction_base& tx) mutable { look_after(p, tx, known); }};
}

}  // namespace musterd
