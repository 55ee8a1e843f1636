#pragma once

#include "tests/support/http_client.hpp"

#include <pqxx/pqxx>

#include <string>
#include <vector>

namespace musterd::testing {

/// A person at the demo company who may record their own time.
struct mechanic {
  std::string person_id;
  std::string username;
};

/// The demo company's first shop.
inline constexpr auto demo_shop = "01941f29-7c00-7ffd-99ee-6bfa45795267";

/// Adds people with a user and the role MECHANIC at `demo_shop`. Their password is demo.mechanic's.
std::vector<mechanic> add_mechanics(pqxx::connection& db, int count);

/// The password printed by `musterd seed` for a login; throws std::runtime_error if there is none.
std::string seeded_password(const std::string& seed_output, const std::string& username);

/// An access token; throws std::runtime_error if refused.
std::string log_in(http_client& client, const std::string& username, const std::string& password);

}  // namespace musterd::testing
