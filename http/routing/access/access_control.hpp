#pragma once

#include "common/fault.hpp"
#include "common/text/uuid.hpp"
#include "domain/kernel/context.hpp"
#include "http/routing/access/access_rule.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace musterd {

struct http_call;
struct http_request;
struct route;

struct caller;

/// Records who was refused what, and gives the refusal its `decisionId`.
class denial_recorder {
 public:
  virtual ~denial_recorder() = default;
  virtual fault denied(const caller& who, const http_request& request, const route& asked) = 0;
  /// The same for another reason; only auditors see its details.
  virtual fault denied(const caller& who, const http_request& request, const route& asked, fault why) = 0;
};

/// Who calls, and what they hold of what the route asks for.
struct caller {
  tenant_uuid tenant;
  principal_kind kind = principal_kind::user;
  uuid actor;
  person_uuid person;
  /// As `opened_with` has it; none on `open` routes.
  std::vector<held_permission> held = {};
  /// Null where nobody keeps records (tests).
  denial_recorder* denials = nullptr;
  /// The session whose token was sent; nil for services and external issuers.
  token_family_uuid session = {};

  /// Where what opened the route holds; nowhere if any of several keys does.
  const held_places& where() const;
  bool covers(location_uuid place) const { return where().covers(place); }
  /// Where the caller holds a permission the route asks for; null: nowhere.
  const held_places* holding(own_permission key) const;
  bool holds_everywhere(own_permission key) const;
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
