#include "tests/http/people/placement_desk.hpp"

#include <fmt/format.h>

namespace musterd::testing {

boost::json::object placement_desk::placement(const std::string& person_id, const std::string& shop,
                                              bool primary) {
  return {{"personId", person_id},
          {"locationId", shop},
          {"role", "MECHANIC"},
          {"isPrimary", primary},
          {"effectiveStartAt", yesterday}};
}

http_answer placement_desk::place(const boost::json::object& wanted) {
  return admin->http.post(path, json(wanted));
}

std::string placement_desk::placed(const boost::json::object& wanted) {
  auto made = place(wanted);
  REQUIRE_MESSAGE(made.status == 201, made.body);
  return text_at(made, "/assignment/assignmentId");
}

http_answer placement_desk::change(const std::string& assignment_id, const boost::json::object& changes,
                                   const std::string& if_match) {
  auto message = body(changes);
  if (!if_match.empty())
    message.headers["If-Match"] = if_match;
  return admin->http.send("PATCH", path + "/" + assignment_id, message);
}

http_answer placement_desk::finish(const std::string& assignment_id, const boost::json::object& how) {
  return admin->http.post(path + "/" + assignment_id + "/end", json(how));
}

http_answer placement_desk::shown(const std::string& assignment_id) {
  return admin->http.get(path + "/" + assignment_id);
}

std::vector<std::string> placement_desk::listed(const std::string& query) {
  return assignment_ids(admin->http.get(path + query));
}

std::unique_ptr<visitor> placement_desk::holder_at(const std::string& shop, const std::string& role) {
  auto who = user(true);
  assigned(assignment(who.user_id, role, shop));
  return server.signed_in(who.username, first_password);
}

std::vector<std::string> assignment_ids(const http_answer& list) {
  REQUIRE_MESSAGE(list.status == 200, list.body);
  std::vector<std::string> result;
  auto page = json_of(list);
  for (const auto& item : page.at("items").as_array())
    result.push_back(text_at(item, "/assignmentId"));
  return result;
}

boost::json::value stored_placement(const std::string& assignment_id) {
  return boost::json::parse(text_of(
      shared_server().db(), fmt::format("SELECT to_jsonb(a) - 'tenant_id' FROM people.location_assignment a "
                                        "WHERE assignment_id = '{}' AND tenant_id = '{}'",
                                        assignment_id, demo_tenant)));
}

std::int64_t placements_of(const std::string& person_id) {
  return number_of(
      shared_server().db(),
      fmt::format("SELECT count(*) FROM people.location_assignment WHERE person_id = '{}'", person_id));
}

}  // namespace musterd::testing
