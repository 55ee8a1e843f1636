#include "tests/http/people/leavers.hpp"

#include "tests/support/network/broker_link.hpp"

namespace musterd::testing {
namespace {

std::map<std::string, std::string> settings(const std::string& broker) {
  return {{"MUSTERD_AMQP_URL", broker},
          {"MUSTERD_WORKEXEC_MODE", "external"},
          {"MUSTERD_OFFBOARDING_RETRY_DELAYS", "300ms,600ms"},
          {"MUSTERD_OFFBOARDING_RETRY_WINDOW", leavers::retry_window},
          {"MUSTERD_OFFBOARDING_ANSWER_WITHIN", "1s"},
          {"MUSTERD_OFFBOARDING_ALLOW_KEEP_ASSIGNMENTS_ON_DISABLE", "true"},
          {"MUSTERD_OFFBOARDING_ALLOWED_DISABLE_REASONS_FOR_KEEP_ASSIGNMENTS", "LEAVE_OF_ABSENCE"}};
}

}  // namespace

leavers::leavers() : server{settings(broker.url())} {}

http_answer leavers::disable(const std::string& user_id, boost::json::object how) {
  return at_desk.admin->http.post("/api/people/users/" + user_id + "/disable", json(how));
}

std::string leavers::disabled(const std::string& user_id, boost::json::object how) {
  auto answer = disable(user_id, std::move(how));
  CHECK_MESSAGE(answer.status == 200, answer.body);
  return text_at(answer, "/case/caseId");
}

boost::json::value leavers::case_of(const std::string& case_id) {
  return json_of(at_desk.admin->http.get("/api/people/offboarding-cases/" + case_id));
}

bool leavers::becomes(const std::string& case_id, std::string_view state) {
  return becomes_true(patience, [&] { return text_at(case_of(case_id), "/state") == state; });
}

bool leavers::comes_to_rest() {
  return becomes_true(patience, [&] {
    return number_of(server.db(),
                     "SELECT count(*) FROM people.offboarding_command WHERE due_at IS NOT NULL") == 0;
  });
}

boost::json::value leavers::command(const std::string& case_id, std::string_view type) {
  auto found = case_of(case_id);
  for (const auto& c : found.at("commands").as_array())
    if (c.at("commandType").as_string() == type)
      return c;
  return {};
}

bool leavers::command_becomes(const std::string& case_id, std::string_view type, std::string_view state) {
  return becomes_true(patience, [&] { return text_at(command(case_id, type), "/state") == state; });
}

std::string leavers::open_letter(const std::string& case_id) {
  auto listed =
      json_of(at_desk.admin->http.get("/api/ops/dead-letters?queue=people.offboarding&pageSize=100"));
  for (const auto& letter : listed.at("items").as_array())
    if (text_at(letter, "/entityKey") == case_id)
      return text_at(letter, "/deadLetterId");
  return {};
}

bool leavers::dead_letter_queue_shows_open_letters() {
  return becomes_true(patience, [&] {
    auto open = number_of(server.db(), "SELECT count(*) FROM messaging.dead_letter WHERE state = 'OPEN' AND "
                                       "queue = 'people.offboarding'");
    return broker_link{broker.url()}.depth("people.offboarding.dlq") == open;
  });
}

http_answer leavers::operate(const std::string& case_id, const std::string& verb, boost::json::object body) {
  auto id = text_at(command(case_id, stop_timers), "/commandId");
  return at_desk.admin->http.post("/api/people/offboarding-cases/" + case_id + "/commands/" + id + "/" + verb,
                                  json(body));
}

leavers& shared_leavers() {
  shared_server();  // made first, so that the template it copies is destroyed last
  static leavers only;
  return only;
}

}  // namespace musterd::testing
