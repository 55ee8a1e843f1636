#pragma once

#include "domain/company/directories.hpp"
#include "domain/person/roles/access.hpp"
#include "http/auth/limits/access_denials.hpp"
#include "http/auth/limits/request_rates.hpp"
#include "http/auth/tokens/token_verifier.hpp"
#include "http/routing/access/access_control.hpp"

namespace musterd {

/// Asks the person actor. `done` may be called on any thread.
using ask_standing =
    std::function<void(tenant_uuid tenant, person_uuid person, const access_question& question, timestamp now,
                       std::function<void(outcome<access_standing>)> done)>;

/// Reads a company not yet in use here.
using show_company_fn = std::function<void(tenant_uuid tenant, std::function<void(outcome<void>)> done)>;

/// The server's access control: a token says who calls (cached until it expires), the person actor whether
/// that user may come in and which roles hold now (never cached), the role catalog what those roles grant
/// (`opened_with`). A service and its secret are looked up on each use, in what its company shows.
class token_access_control final : public access_control {
 public:
  /// `fresh`: how old a sign-in may be where a route asks for a fresh one; 0: any age. `policy` outlives
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
  /// What a user who may come in must do before this route opens.
  std::optional<fault> held_back(const principal& who, const attempt& a, const access_standing& standing,
                                 const role_catalog& catalog) const;
  bool is_fresh(const principal& who, const attempt& a) const;
  fault denied(const principal& who, const attempt& a) const;
  /// For a user who may not come in at all.
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
