#pragma once

#include "tests/http/time/desk.hpp"

namespace musterd::testing {

/// demo.owner says who works where, through the API (Story 86).
class placement_desk : public desk {
 public:
  using desk::desk;

  static inline const std::string path = "/api/people/location-assignments";

  /// A request for a MECHANIC's place from yesterday on.
  static boost::json::object placement(const std::string& person_id, const std::string& shop = demo_shop,
                                       bool primary = false);
  http_answer place(const boost::json::object& wanted);
  /// The id of an assignment, which must succeed.
  std::string placed(const boost::json::object& wanted);
  http_answer change(const std::string& assignment_id, const boost::json::object& changes,
                     const std::string& if_match = {});
  http_answer finish(const std::string& assignment_id, const boost::json::object& how = {});
  http_answer shown(const std::string& assignment_id);
  /// The listed ids, in order.
  std::vector<std::string> listed(const std::string& query);
  /// Somebody who holds a role at one shop only.
  std::unique_ptr<visitor> holder_at(const std::string& shop, const std::string& role);
};

std::vector<std::string> assignment_ids(const http_answer& list);
/// The row as JSON, without the tenant.
boost::json::value stored_placement(const std::string& assignment_id);
std::int64_t placements_of(const std::string& person_id);

}  // namespace musterd::testing
