#pragma once

#include "domain/company/directories.hpp"
#include "domain/person/roles/access.hpp"
#include "http/auth/limits/access_denials.hpp"
#include "http/auth/limits/request_rates.hpp"
#include "http/auth/tokens/token_verifier.hpp"
#include "http/routing/access_control.hpp"
#include "http/routing/access_rule.hpp"

namespace musterd {

/// Asks the person actor. `done` may be called on any thread.
using ask_standing =
    std::function<void(tenant_uuid tenant, person_uuid person, const access_question& question, timestamp now,
                       std::function<void(outcome<access_standing>)> done)>;

/// Loads a company not yet known on this node.
using show_company_fn = std::function<void(tenant_uuid tenant, std::function<void(outcome<void>)> done)>;

/// The token tells who calls (cached until it expires), the person actor whether that user is still active
/// and with which roles (never cached), the role catalog what these grant. A service and its secret are
/// looked up on every use, in its company's directory.
class token_access_control final : public access_control {
 public:
  /// `fresh`: maximum age of a sign-in where a route needs a fresh one; 0 for any. `policy` must outlive
  /// this.
  token_access_control(token_verifier& tokens, ask_standing ask, const company_directories& companies,
                       show_company_fn show_company, access_denials& denials, request_rates& rates,
                       const sign_in_policy& policy, std::chrono::seconds fresh)
      : tokens_{tokens}, ask_{std::move(ask)}, companies_{companies}, show_company_{std::move(show_company)},
        denials_{denials}, rates_{rates}, policy_{policy}, fresh_{fresh} {}

  void check(const http_request& request, const route& asked, access_decision done) override;

 private:
  /// The request being checked, which outlives the check.
  struct attempt {
    const http_request& request;
    const route& asked;
  };
  void check_token(const principal& who, attempt a, access_decision done);
  void check_service(const principal& who, attempt a, access_decision done);
  outcome<caller> admit_service(const principal& who, const attempt& a,
                                const company_directory& company) const;
  outcome<caller> decide(const principal& who, const attempt& a,
                         const outcome<access_standing>& standing) const;
  /// The fault if the user must do something else first, or refresh a restricted token that has served its
  /// purpose.
  std::optional<fault> held_back(const principal& who, const attempt& a, const access_standing& standing,
                                 const role_catalog& catalog) const;
  outcome<caller> decide_by_rule(const principal& who, const attempt& a, const access_standing& standing,
                                 const role_catalog& catalog) const;
  /// For rules with several keys: each may hold in other places, so the handler gets them separately.
  outcome<caller> decide_by_any(const principal& who, const attempt& a, const access_standing& standing,
                                const role_catalog& catalog) const;
  bool is_fresh(const principal& who, const attempt& a) const;
  fault denied(const principal& who, const attempt& a) const;
  /// Refuses a user before any permission is checked.
  fault turned_away(const principal& who, const attempt& a, access_verdict verdict) const;

  token_verifier& tokens_;
  ask_standing ask_;
  const company_directories& companies_;
  show_company_fn show_company_;
  access_denials& denials_;
  request_rates& rates_;
  const sign_in_policy& policy_;
  std::chrono::seconds fresh_;
};

/// The token in "Authorization: Bearer …"; nullopt for any other scheme.
std::optional<std::string_view> bearer_token(std::string_view authorization);

}  // namespace musterd
