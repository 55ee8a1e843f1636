#pragma once

#include "common/text/uuid.hpp"
#include "domain/access/role_catalog.hpp"
#include "domain/company/location.hpp"
#include "domain/offboarding/policy.hpp"
#include "domain/person/account/sign_in_policy.hpp"

#include <memory>

namespace musterd {

struct authorized_user;

/// Source of new ids: random in the server, counted up in tests.
class id_source {
 public:
  virtual ~id_source() = default;
  virtual uuid next() = 0;
};

class generated_ids final : public id_source {
 public:
  uuid next() override { return uuid::generate(); }
};

/// The caller at the time of the decision, which may be long after the access check; decisions that begin
/// something check again. Looked up on demand.
class acting_caller {
 public:
  virtual ~acting_caller() = default;
  virtual bool active() const { return true; }
  /// Whether they may only give and take what they hold (domain/access/authority.hpp), as all but the system
  /// itself.
  virtual bool is_bound() const { return false; }
  /// Everything they hold; null if unknown.
  virtual std::shared_ptr<const authorized_user> shown() const { return nullptr; }
  /// Whether they hold the permission at the place now.
  virtual bool holds(std::string_view /*permission*/, location_uuid /*place*/,
                     const role_catalog& /*roles*/) const {
    return true;
  }
};
inline const acting_caller trusted_caller;

/// The roles of the caller's company. Decisions by them need them to be current: looks are recorded, and the
/// commit names the version seen (docs/decisions/0054).
class decisive_roles {
 public:
  decisive_roles(const role_catalog& roles) : roles_{&roles} {}  // NOLINT(google-explicit-constructor)
  operator const role_catalog&() const {                         // NOLINT(google-explicit-constructor)
    looked_at_ = true;
    return *roles_;
  }
  const role_catalog::entry* find(role_uuid id) const { return looked_up().find(id); }
  std::optional<permission_index> index_of(std::string_view key) const { return looked_up().index_of(key); }
  /// For output that decides nothing; not recorded as a look.
  const role_catalog& to_tell() const { return *roles_; }
  bool looked_at() const { return looked_at_; }

 private:
  const role_catalog& looked_up() const { return *this; }

  const role_catalog* roles_;
  mutable bool looked_at_ = false;
};

/// What a decision may know besides its state, command and context.
struct facts {
  const location_directory& locations;
  decisive_roles roles;
  id_source& ids;
  const acting_caller& caller = trusted_caller;
  const offboarding_policy& offboarding = default_offboarding_policy();
  const sign_in_policy& sign_in = default_sign_in_policy();
};

}  // namespace musterd
