#pragma once

#include "common/time/time.hpp"
#include "tests/http/time/stage.hpp"

namespace musterd::testing {

inline constexpr auto demo_tenant = "01941f29-7c00-70f8-a46e-46305d6be9ac";
inline constexpr auto los_angeles_shop = "01941f29-7c00-73c4-9a3b-f9704684072c";
inline constexpr auto first_password = "correct horse battery";
/// An id of nothing.
inline constexpr auto nobody = "01941f29-7c00-7000-8000-000000000001";

inline std::string json(const boost::json::object& o) {
  return boost::json::serialize(o);
}
inline http_message body(const boost::json::object& o) {
  return {{}, json(o)};
}

/// This instant plus `after`, as the API writes it.
std::string from_now(std::chrono::microseconds after);
inline const std::string yesterday = from_now(std::chrono::hours{-24});
inline const std::string tomorrow = from_now(std::chrono::hours{24});

/// Audit entries of an actor that name no trace, although every request has one.
std::int64_t entries_without_trace(company_server& at, const std::string& actor);

struct newcomer {
  std::string person_id, email, username, user_id;
};

/// demo.owner, whom no rule limits, brings people in and gives them roles through the API.
class desk {
 public:
  explicit desk(company_server& at = shared_server());

  company_server& server;
  std::unique_ptr<visitor> admin;

  /// A person without a user; its `username` is free.
  newcomer person();
  http_answer provision(const newcomer& who, boost::json::object more = {});
  /// A person with a user without roles, who signs in with `first_password` if `may_sign_in`.
  newcomer user(bool may_sign_in = false);
  std::unique_ptr<visitor> visitor_without_roles();

  std::string role(const std::string& name);
  /// A request for a role from yesterday on, at a shop or everywhere.
  boost::json::object assignment(const std::string& user_id, const std::string& role_name,
                                 const std::string& shop = {});
  http_answer assign(const boost::json::object& wanted);
  /// The id of an assignment, which must succeed.
  std::string assigned(const boost::json::object& wanted);
  http_answer patch(const std::string& assignment_id, const boost::json::object& changes);
  http_answer end(const std::string& assignment_id, const boost::json::object& how = {});

  /// Audit entries about a subject, oldest first, as rows in JSON.
  boost::json::array audit(const std::string& subject_id, const std::string& event_type);
  std::string metrics();
};

/// A client of demo.pos with an internal token, and its questions.
class service {
 public:
  explicit service(company_server& at = shared_server());

  http_client http;

  http_answer decide(const std::string& user_id, const std::string& permission, const std::string& shop = {},
                     const std::string& at = {});
  http_answer explain(const std::string& user_id, const std::string& permission, const std::string& shop = {},
                      const std::string& at = {});
  /// "ALLOW" or "DENY".
  std::string decision(const std::string& user_id, const std::string& permission,
                       const std::string& shop = {}, const std::string& at = {});
};

/// The access token of a client of demo.pos.
std::string service_token(company_server& at);
boost::json::object question(const std::string& user_id, const std::string& permission,
                             const std::string& shop = {}, const std::string& at = {});

}  // namespace musterd::testing
