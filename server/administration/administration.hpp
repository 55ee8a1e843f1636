#pragma once

#include "domain/company/service_commands.hpp"
#include "domain/person/commands.hpp"

#include <string>
#include <string_view>

/// What an operator enters without the demo, beside a running server or before there is one: companies, their
/// first administrators, services. Each is one commit through the journal, with its audit entries, done by
/// the system. Whatever is refused (a name that is taken, say) is a std::runtime_error that says so, and
/// nothing was changed.
namespace musterd {

struct server_settings;

/// A company with the default roles. A running server needs no restart to serve it.
void create_tenant(const server_settings& settings, const std::string& code, const std::string& name,
                   std::string_view roles_json);

struct new_administrator {
  std::string tenant;
  create_person person;
  std::string username;
  std::string password;
  /// Also when the company has an owner already.
  bool force = false;
};

/// A person, their user with a password, and OWNER everywhere and for ever.
void create_administrator(const server_settings& settings, const new_administrator& wanted);

/// Answers the service's secret, which is kept nowhere.
std::string create_service_for(const server_settings& settings, const std::string& tenant,
                               const new_service& wanted);

}  // namespace musterd
