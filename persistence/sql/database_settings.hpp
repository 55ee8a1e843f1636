#pragma once

#include "common/json/described.hpp"

#include <string>

namespace musterd {

class setting_list;

/// What is done about a role that may do more than it needs.
enum class powerful_role { warn, refuse };
BOOST_DESCRIBE_ENUM(powerful_role, warn, refuse)

struct database_settings {
  std::string url;
  /// Of the owner of the tables; empty where that is the server's role.
  std::string migration_url;
  musterd::powerful_role powerful_role = musterd::powerful_role::warn;

  /// As whom tables are made and companies are entered.
  const std::string& owner_url() const { return migration_url.empty() ? url : migration_url; }
};

void describe(setting_list& on, database_settings& s);

}  // namespace musterd
