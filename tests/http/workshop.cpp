#include "tests/http/workshop.hpp"

#include "common/time.hpp"
#include "common/uuid.hpp"
#include "messaging/amqp_connection.hpp"
#include "tests/support/deadline.hpp"

#include <stdexcept>

namespace musterd::testing {
namespace {

constexpr auto queue = "workshop.stop_job_timers";
constexpr auto demo = "01941f29-7c00-70f8-a46e-46305d6be9ac";

void say(amqp_connection& broker, const boost::json::object& command, bool stopped) {
  boost::json::object payload{{"caseId", command.at("caseId")},
                              {"commandId", command.at("commandId")},
                              {"personId", command.at("personId")}};
  if (stopped)
    payload["stoppedTimerIds"] = boost::json::array{};
  else
    payload["error"] = "The workshop is closed.";
  auto id = to_string(uuid::generate());
  std::string type = stopped ? "JobTimersStopped" : "JobTimersStopFailed";
  auto body = boost::json::serialize(boost::json::object{{"eventId", id},
                                                         {"eventType", type},
                                                         {"occurredAt", to_string(wall_clock_now())},
                                                         {"producer", "workshop"},
                                                         {"schemaVersion", 1},
                                                         {"tenantId", demo},
                                                         {"correlationId", "workshop"},
                                                         {"payload", payload}});
  amqp_publication message;
  message.exchange = "workexec.events";
  message.routing_key = stopped ? "workexec.job_timers.stopped.v1" : "workexec.job_timers.stop_failed.v1";
  message.body = body;
  message.message_id = id;
  message.type = type;
  broker.publish(1, message);
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

void workshop::run(const std::stop_token& stop) {
  amqp_options options;
  options.url = url_;
  amqp_connection broker{options};
  broker.open_channel(1);
  broker.declare_exchange(1, "workexec.commands", "direct");
  broker.declare_exchange(1, "workexec.events", "topic");
  broker.declare_queue(1, queue, {});
  broker.bind_queue(1, queue, "workexec.commands", "workexec.stop_job_timers.v1");
  broker.subscribe(1, queue, "workshop");
  listening_ = true;
  while (!stop.stop_requested()) {
    auto signal = broker.wait(std::chrono::milliseconds{20});
    if (const auto* delivery = std::get_if<amqp_delivery>(&signal)) {
      take(delivery->body);
      broker.acknowledge(1, delivery->tag, false);
    }
    std::vector<outgoing> to_say;
    {
      std::lock_guard lock{mutex_};
      to_say.swap(to_say_);
    }
    for (const auto& o : to_say)
      say(broker, o.command, o.stopped);
  }
}

}  // namespace musterd::testing
