#pragma once

#include "domain/company/commands.hpp"
#include "tests/unit/person/person_fixture.hpp"

/// A company with one role, one shop and its registered permissions.
namespace musterd::testing {

inline const role_uuid pricer{numbered(10)};
inline const location_uuid brooklyn{numbered(20)};

inline registered_permission registered(std::string key, std::string service = "pos") {
  return {std::move(key), "Does something", std::move(service), "1", morning, morning, 1};
}

inline company_state company() {
  company_state result{
      {numbered(3)},
      {{pricer,
        "Pricer",
        "Sets prices",
        {scope_type::global},
        {"pricing:price_book:edit"},
        morning,
        morning,
        1}},
      {},
      {{brooklyn, "NYC", "Brooklyn", "America/New_York", location_status::active, morning, morning, 1}},
      {}};
  for (const auto& p : {registered("pricing:price_book:edit"), registered("pricing:price_book:view"),
                        registered("people:person:view", "musterd")})
    result.permissions.emplace(p.permission_key, p);
  return result;
}

inline const service_uuid pos_client{numbered(30)};
inline company_state company_with_pos() {
  auto result = company();
  result.services.push_back(
      {{pos_client, "pos", {}, {"security:permission:register"}, morning, morning, {}, 1}, {}});
  return result;
}

struct company_rules {
  counted_ids ids;
  location_directory locations;
  role_catalog roles;
  facts known{locations, roles, ids};

  template <class Command>
  auto tried(const company_state& state, const Command& c, timestamp now = morning + 1h) {
    return decided(state, c, at(now), known);
  }
  template <class Command>
  outcome<company_events> when(const company_state& state, const Command& c, timestamp now = morning + 1h) {
    return events_in(tried(state, c, now));
  }
  /// Registers as `pos`, unless `kind` says otherwise.
  company_decision<registration> registered(const company_state& state, const register_permissions& c,
                                            principal_kind kind = principal_kind::service) {
    auto ctx = at(morning + 1h);
    ctx.kind = kind;
    ctx.actor = pos_client.value;
    return decided(state, c, ctx, known);
  }
  template <class Command>
  company_state after(company_state state, const Command& c, timestamp now = morning + 1h) {
    for (const auto& event : when(state, c, now).value())
      evolve(state, event);
    return state;
  }
  /// The fault's code; empty on success.
  template <class Command>
  std::string fault_of(const company_state& state, const Command& c) {
    auto result = when(state, c);
    return result ? std::string{} : result.error().code;
  }
};

template <class Command>
std::vector<std::string> wrong_fields(const Command& c) {
  std::vector<field_error> errors;
  validate(c, errors);
  std::vector<std::string> result;
  for (const auto& e : errors)
    result.push_back(e.field);
  return result;
}

}  // namespace musterd::testing
