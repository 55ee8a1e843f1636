#pragma once

#include "common/uuid.hpp"
#include "domain/location.hpp"
#include "domain/offboarding/policy.hpp"
#include "domain/role_catalog.hpp"

namespace musterd {

/// Where new ids come from: random in the server, counted in tests.
class id_source {
 public:
  virtual ~id_source() = default;
  virtual uuid next() = 0;
};

class generated_ids final : public id_source {
 public:
  uuid next() override { return uuid::generate(); }
};

/// What a decision may know besides its own state, its command and the context.
struct facts {
  const location_directory& locations;
  /// Of the caller's tenant.
  const role_catalog& roles;
  id_source& ids;
  const offboarding_policy& offboarding = default_offboarding_policy();
};

}  // namespace musterd
