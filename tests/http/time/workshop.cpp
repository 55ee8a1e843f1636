#include "tests/http/time/workshop.hpp"

#include "common/text/uuid.hpp"
#include "common/time/time.hpp"
#include "tests/support/deadline.hpp"
#include "tests/support/network/broker_link.hpp"

#include <stdexcept>

namespace musterd::testing {
namespace {

constexpr auto queue = "workshop.stop_job_timers";
constexpr auto demo = "01941f29-7c00-70f8-a46e-46305d6be9ac";

void say(broker_link& broker, const boost::json::object& command, bool stopped) {
  boost::json::object payload{{"caseId", command.at("caseId")},
                              {"commandId", command.at("commandId")},
                              {"personId", command.at("personId")}};
  if (stopped)
    payload["stoppedTimerIds"] = boost::json::array{};
  else
    payload.insert({{"error", "The workshop is closed."}, {"attempt", command.at("attempt")}});
  std::string type = stopped ? "JobTimersStopped" : "JobTimersStopFailed";
  boost::json::object event{{"eventId", to_string(uuid::generate())},
                            {"eventType", type},
                            {"occurredAt", to_string(wall_clock_now())},
                            {"producer", "workshop"},
                            {"schemaVersion", 1},
                            {"tenantId", demo},
                            {"correlationId", "workshop"},
                            {"payload", payload}};
  broker.publish("workexec.events",
                 stopped ? "workexec.job_timers.stopped.v1" : "workexec.job_timers.stop_failed.v1",
                 std::string{command.at("personId").as_string()}, boost::json::serialize(event));
}

}  // namespace

workshop::workshop(std::string amqp_url)
    : url_{std::move(amqp_url)}, thread_{[this](const std::stop_token& stop) { run(stop); }} {
  if (!becomes_true(std::chrono::seconds{30}, [this] { return listening_.load(); }))
    throw std::runtime_error{"the workshop does not reach the broker"};
}

std::vector<boost::json::object> workshop::asked(const std::string& case_id) const {
  std::lock_guard lock{mutex_};
  std::vector<boost::json::object> result;
  for (const auto& command : asked_)
    if (command.at("caseId").as_string() == case_id)
      result.push_back(command);
  return result;
}

void workshop::answer(const boost::json::object& command, bool stopped) {
  std::lock_guard lock{mutex_};
  to_say_.push_back({command, stopped});
}

void workshop::take(std::string_view body) {
  auto command = boost::json::parse(body).at("payload").as_object();
  std::lock_guard lock{mutex_};
  asked_.push_back(command);
  if (mood_ != mood::silent)
    to_say_.push_back({std::move(command), mood_ == mood::stops});
}

void workshop::listen(const broker_link& broker) {
  constexpr auto channel = broker_link::channel;
  for (const auto& [exchange, type] :
       {std::pair{"workexec.commands", "direct"}, {"workexec.events", "topic"}})
    amqp_exchange_declare(broker, channel, amqp_cstring_bytes(exchange), amqp_cstring_bytes(type), 0, 1, 0, 0,
                          amqp_empty_table);
  auto name = amqp_cstring_bytes(queue);
  amqp_queue_declare(broker, channel, name, 0, 1, 0, 0, amqp_empty_table);
  amqp_queue_bind(broker, channel, name, amqp_cstring_bytes("workexec.commands"),
                  amqp_cstring_bytes("workexec.stop_job_timers.v1"), amqp_empty_table);
  amqp_basic_consume(broker, channel, name, amqp_empty_bytes, 0, 1, 0, amqp_empty_table);
  broker.check("the workshop cannot listen");
  listening_ = true;
}

void workshop::run(const std::stop_token& stop) {
  broker_link hearing{url_}, speaking{url_};
  listen(hearing);
  while (!stop.stop_requested()) {
    if (auto envelope = hearing.next(std::chrono::milliseconds{20})) {
      take(text_of(envelope->message.body));
      amqp_destroy_envelope(&*envelope);
    }
    std::vector<outgoing> to_say;
    {
      std::lock_guard lock{mutex_};
      to_say.swap(to_say_);
    }
    for (const auto& o : to_say)
      say(speaking, o.command, o.stopped);
  }
}

}  // namespace musterd::testing
