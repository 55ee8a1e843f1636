#include "tests/http/operations/own_broker.hpp"

#include "common/text/uuid.hpp"
#include "tests/support/process.hpp"

namespace musterd::testing {
namespace {

void rabbitmqctl(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {needed_environment("MUSTERD_SERVICES"), "rabbitmqctl",
                                       needed_environment("MUSTERD_SERVICES_DIR")});
  run_program({std::move(arguments), {}, {}});
}

}  // namespace

own_broker::own_broker() : name_{to_string(uuid::generate())} {
  rabbitmqctl({"add_vhost", name_});
  rabbitmqctl({"set_permissions", "-p", name_, "musterd", ".*", ".*", ".*"});
  auto shared = needed_environment("MUSTERD_AMQP_URL");
  url_ = shared.substr(0, shared.rfind('/') + 1) + name_;
}

own_broker::~own_broker() {
  try {
    rabbitmqctl({"delete_vhost", name_});
  } catch (const std::exception&) {
    // It goes with the run's broker anyway.
  }
}

const own_broker& quiet_broker() {
  static const own_broker only;
  return only;
}

}  // namespace musterd::testing
