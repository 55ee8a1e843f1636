#pragma once

#include "domain/context.hpp"
#include "domain/effects.hpp"
#include "domain/facts.hpp"
#include "domain/person/state.hpp"

#include <variant>

/// What happened to a person's identity. Events carry the records as they are afterwards.
namespace musterd {

struct session_opened {
  refresh_family session;
  friend bool operator==(const session_opened&, const session_opened&) = default;
};

struct session_rotated {
  refresh_family session;
  friend bool operator==(const session_rotated&, const session_rotated&) = default;
};

struct session_revoked {
  refresh_family session;
  friend bool operator==(const session_revoked&, const session_revoked&) = default;
};

using person_event = std::variant<session_opened, session_rotated, session_revoked>;

/// Brings the state up to date with one event.
void evolve(person_state& state, const person_event& event);

/// Rows and audit entry of one event.
void add_effects(effects& out, const person_event& event, const request_context& ctx, id_source& ids);

}  // namespace musterd
