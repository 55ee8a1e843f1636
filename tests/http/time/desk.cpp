#include "tests/http/time/desk.hpp"

#include "common/text/uuid.hpp"
#include "tests/http/audit/entry_with_origin.hpp"

#include <fmt/format.h>

namespace musterd::testing {
namespace {

const http_answer& expect(const http_answer& answer, int status) {
  if (answer.status != status)
    throw std::runtime_error{fmt::format("{}, not {}: {}", answer.status, status, answer.body)};
  return answer;
}

}  // namespace

std::int64_t entries_without_trace(company_server& at, const std::string& actor) {
  return number_of(at.db(), fmt::format("SELECT count(*) FROM audit.entry WHERE actor_id = '{}' AND "
                                        "details->>'traceId' IS NULL",
                                        actor));
}

std::string from_now(std::chrono::microseconds after) {
  return to_string(std::chrono::floor<std::chrono::seconds>(wall_clock_now()) + after);
}

desk::desk(company_server& at) : server{at}, admin{at.signed_in("demo.owner")} {}

newcomer desk::person() {
  newcomer result;
  result.username = "new." + to_string(uuid::generate());
  result.email = result.username + "@demo.example";
  result.person_id =
      text_at(expect(admin->http.post(
                         "/api/people/persons",
                         json({{"firstName", "Nina"}, {"lastName", "Neu"}, {"primaryEmail", result.email}})),
                     201),
              "/personId");
  return result;
}

http_answer desk::provision(const newcomer& who, boost::json::object more) {
  more.emplace("personId", who.person_id);
  more.emplace("username", who.username);
  return admin->http.post("/api/security/users/provision", json(more));
}

newcomer desk::user(bool may_sign_in) {
  auto result = person();
  boost::json::object more;
  if (may_sign_in)
    more["password"] = first_password;
  result.user_id = text_at(expect(provision(result, more), 201), "/userId");
  return result;
}

std::unique_ptr<visitor> desk::visitor_without_roles() {
  return server.signed_in(user(true).username, first_password);
}

std::string desk::role(const std::string& name) {
  return text_of(server.db(),
                 fmt::format("SELECT role_id FROM security.role WHERE tenant_id = '{}' AND role_name = '{}'",
                             demo_tenant, name));
}

boost::json::object desk::assignment(const std::string& user_id, const std::string& role_name,
                                     const std::string& shop) {
  boost::json::object result{{"userId", user_id},
                             {"roleId", role(role_name)},
                             {"scopeType", shop.empty() ? "GLOBAL" : "LOCATION"},
                             {"effectiveStartDate", yesterday}};
  if (!shop.empty())
    result["locationId"] = shop;
  return result;
}

http_answer desk::assign(const boost::json::object& wanted) {
  return admin->http.post("/api/people/role-assignments", json(wanted));
}

std::string desk::assigned(const boost::json::object& wanted) {
  return text_at(expect(assign(wanted), 201), "/assignmentId");
}

http_answer desk::patch(const std::string& assignment_id, const boost::json::object& changes) {
  return admin->http.send("PATCH", "/api/people/role-assignments/" + assignment_id, body(changes));
}

http_answer desk::end(const std::string& assignment_id, const boost::json::object& how) {
  return admin->http.post("/api/people/role-assignments/" + assignment_id + "/end", json(how));
}

boost::json::array desk::audit(const std::string& subject_id, const std::string& event_type) {
  auto text = text_of(server.db(), fmt::format("SELECT jsonb_agg({} ORDER BY occurred_at) FROM audit.entry e "
                                               "WHERE subject_id = '{}' AND event_type = '{}'",
                                               entry_with_origin, subject_id, event_type));
  return text.empty() ? boost::json::array{} : boost::json::parse(text).as_array();
}

std::string desk::metrics() {
  return server.client().get("/metrics").body;
}

std::string service_token(company_server& at) {
  auto answer =
      at.client().post("/api/security/auth/token", json({{"grantType", "client_credentials"},
                                                         {"clientId", "demo.pos"},
                                                         {"clientSecret", at.password_of("demo.pos")}}));
  return text_at(expect(answer, 200), "/accessToken");
}

service::service(company_server& at) : http{at.url(), patience} {
  http.use_token(service_token(at));
}

boost::json::object question(const std::string& user_id, const std::string& permission,
                             const std::string& shop, const std::string& at) {
  boost::json::object result{{"userId", user_id}, {"permission", permission}};
  if (!shop.empty())
    result["locationId"] = shop;
  if (!at.empty())
    result["at"] = at;
  return result;
}

http_answer service::decide(const std::string& user_id, const std::string& permission,
                            const std::string& shop, const std::string& at) {
  return http.post("/internal/authz/decisions", json(question(user_id, permission, shop, at)));
}

http_answer service::explain(const std::string& user_id, const std::string& permission,
                             const std::string& shop, const std::string& at) {
  return http.post("/internal/authz/explain", json(question(user_id, permission, shop, at)));
}

std::string service::decision(const std::string& user_id, const std::string& permission,
                              const std::string& shop, const std::string& at) {
  return text_at(decide(user_id, permission, shop, at), "/decision");
}

}  // namespace musterd::testing
