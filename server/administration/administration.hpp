#pragma once

#include "domain/company/service_commands.hpp"
#include "domain/person/commands.hpp"

#include <string>
#include <string_view>

/// What an operator sets up without the demo, with or without a running server: companies, their first
/// administrators, services. Each is one commit of the system through the journal, with its audit entries. A
/// refusal (e.g. a taken name) is a std::runtime_error with the reason, and nothing is changed.
namespace musterd {

struct server_settings;

/// Creates a company with the default roles. A running server serves it without a restart.
void create_tenant(const server_settings& settings, const std::string& code, const std::string& name,
                   std::string_view roles_json);

struct new_administrator {
  std::string tenant;
  create_person person;
  std::string username;
  std::string password;
  /// Even if the company already has an owner.
  bool force = false;
};

/// Creates a person, their user with a password, and the role OWNER, everywhere and for ever.
void create_administrator(const server_settings& settings, const new_administrator& wanted);

/// Returns the service's secret, which is not stored anywhere.
std::string create_service_for(const server_settings& settings, const std::string& tenant,
                               const new_service& wanted);

}  // namespace musterd
