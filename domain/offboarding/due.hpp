#pragma once

#include "domain/offboarding/commands.hpp"
#include "domain/person/lifecycle/lifecycle.hpp"

namespace musterd {

/// Whether such a command leaves one of a case's commands due at once.
constexpr bool leaves_something_due(std::string_view command) {
  return is_deactivation(command) || command == retry_command::name || command == resume_command::name;
}

}  // namespace musterd
