#include "messaging/messaging_settings.hpp"

#include "common/settings/setting_list.hpp"

namespace musterd {

void describe(setting_list& on, messaging_settings& s) {
  on.secret("amqp_url", s.broker.url, "RabbitMQ to use. From the environment or a file only.");
  on.flag("messaging.enabled", s.enabled, "Whether this node relays the outbox and runs consumers.");
  on.text("messaging.tls.ca_file", s.broker.tls.ca_file,
          "Authorities for the broker's certificate (PEM) with an amqps:// URL. Empty: the system's.");
  on.text("messaging.tls.certificate_file", s.broker.tls.own.certificate,
          "Our own certificate (PEM), for a broker that asks for one.");
  on.text("messaging.tls.key_file", s.broker.tls.own.key, "Its private key (PEM).");
  on.number("messaging.relay_window", s.relay_window, {1, 10'000},
            "Most events published but not yet confirmed.");
}

}  // namespace musterd
