#pragma once

#include "common/json/described.hpp"

#include <string>

namespace musterd {

class setting_list;

/// How to react to a role with more powers than it needs.
enum class powerful_role { warn, refuse };
BOOST_DESCRIBE_ENUM(powerful_role, warn, refuse)

struct database_settings {
  std::string url;
  /// For the owner of the tables; empty where that is the server's role.
  std::string migration_url;
  musterd::powerful_role powerful_role = musterd::powerful_role::warn;

  /// The role that creates tables and companies.
  const std::string& owner_url() const { return migration_url.empty() ? url : migration_url; }
};

void describe(setting_list& on, database_settings& s);

}  // namespace musterd
