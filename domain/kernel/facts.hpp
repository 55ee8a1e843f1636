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

/// Whether the caller may still act. A request is decided some time after the access check that let it in;
/// decisions that begin something ask again. Looked up only when asked.
class acting_caller {
 public:
  virtual ~acting_caller() = default;
  virtual bool active() const { return true; }
  /// Whether they may only give and take what they hold (domain/access/authority.hpp): all but the system.
  virtual bool is_bound() const { return false; }
  /// What they hold; null if that is not known.
  virtual std::shared_ptr<const authorized_user> shown() const { return nullptr; }
  /// Whether they hold that permission there, now.
  virtual bool holds(own_permission /*permission*/, location_uuid /*place*/,
                     const role_catalog& /*roles*/) const {
    return true;
  }
};
inline const acting_caller trusted_caller;

/// The roles of the caller's company. A decision by them is good only while they are the company's: a look at
/// them is noted, and the commit names their version (docs/decisions/0054).
class decisive_roles {
 public:
  decisive_roles(const role_catalog& roles) : roles_{&roles} {}  // NOLINT(google-explicit-constructor)
  operator const role_catalog&() const {                         // NOLINT(google-explicit-constructor)
    looked_at_ = true;
    return *roles_;
  }
  const role_catalog::entry* find(role_uuid id) const { return looked_up().find(id); }
  std::optional<permission_index> index_of(std::string_view key) const { return looked_up().index_of(key); }
  /// To show, not to decide by.
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
