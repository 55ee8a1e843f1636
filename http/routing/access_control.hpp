#pragma once

#include "common/fault.hpp"
#include "common/text/uuid.hpp"
#include "domain/kernel/context.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace musterd {

struct http_call;
struct http_request;
struct route;

struct caller;

/// Records who was refused what, and sets the refusal's `decisionId`.
class denial_recorder {
 public:
  virtual ~denial_recorder() = default;
  virtual fault denied(const caller& who, const http_request& request, const route& asked) = 0;
  /// The same for another reason, whose details only auditors see.
  virtual fault denied(const caller& who, const http_request& request, const route& asked, fault why) = 0;
};

/// A permission the caller holds, and where.
struct held_permission {
  std::string key;
  bool everywhere = false;
  std::vector<location_uuid> locations;
};

/// The caller, and where the route's permission holds.
struct caller {
  tenant_uuid tenant;
  principal_kind kind = principal_kind::user;
  uuid actor;
  person_uuid person;
  bool everywhere = false;
  std::vector<location_uuid> locations;
  /// Null where nothing is recorded (tests).
  denial_recorder* denials = nullptr;

  /// For rules with several keys. If the rule has alternatives, `everywhere` and `locations` are not set.
  std::vector<held_permission> held = {};
  /// The session of the token sent; nil for services and external issuers.
  token_family_uuid session = {};

  bool covers(location_uuid place) const;
  const held_permission* holding(std::string_view key) const;
  bool holds_everywhere(std::string_view key) const;
};

/// Carries a call across the access check. Call once, from any thread: with a caller the handler runs, here
/// or on the shared worker; a fault is the answer. Destroyed unused, answers 500.
class access_decision {
 public:
  explicit access_decision(std::unique_ptr<http_call> call);
  access_decision(access_decision&&) noexcept;
  access_decision& operator=(access_decision&&) noexcept;
  ~access_decision();

  /// The caller, as soon as it is known: a refused change is recorded as their attempt.
  void asked_by(const caller& who);
  void operator()(outcome<caller> result);

 private:
  std::unique_ptr<http_call> call_;
};

/// Decides who may call what. `request` and `asked` stay valid until `done` is called or destroyed. Not
/// consulted for `open` routes.
class access_control {
 public:
  virtual ~access_control() = default;
  virtual void check(const http_request& request, const route& asked, access_decision done) = 0;
};

}  // namespace musterd
