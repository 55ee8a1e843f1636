#pragma once

#include "messaging/amqp/amqp_connection.hpp"
#include "messaging/amqp/topology.hpp"
#include "messaging/event_seal.hpp"
#include "messaging/outbox/outbox_store.hpp"
#include "messaging/outbox/refusing_routes.hpp"
#include "messaging/outbox/relay_window.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <unordered_set>

namespace musterd {

refusing_routes::route route_of(const outbox_row& row);

/// The relay's side of the broker: queues declared, rows published. Throws `amqp_error`; after
/// `amqp_connection_lost` it is to be dropped and connected again.
class relay_link {
 public:
  /// `consumers`: whose queues must be there before anything is published, because what no queue takes is
  /// lost.
  relay_link(const amqp_options& options, std::vector<consumer_spec> consumers,
             std::optional<event_seal> seal);

  /// Connects and declares, which may take long; `between` is called now and then. A consumer whose queue is
  /// neither there nor can be declared keeps nobody else waiting.
  void connect(const std::stop_token& cut, const std::function<void()>& between);
  bool connected() const { return broker_ != nullptr; }
  void drop() { broker_.reset(); }
  /// The same, politely.
  void close();

  /// Sends, and waits for no confirm. `amqp_unsendable` and `amqp_refused` are about this row alone.
  void publish(const outbox_row& row, relay_lane lane);
  static relay_lane lane_of(const amqp_confirm& confirm);
  /// What is published there comes back as `amqp_returned` when no queue takes it: a consumer of ours has
  /// one.
  bool has_consumer(const refusing_routes::route& at) const { return takers_.contains(at); }
  /// The queues of the consumers of ours that take what is published there, once more.
  void declare_queues(const refusing_routes::route& at);

  bool blocked() const { return broker_->blocked(); }
  bool can_publish() const { return !broker_->blocked() && broker_->has_room(); }
  amqp_signal wait(std::chrono::milliseconds timeout) { return broker_->wait(timeout); }
  bool has_buffered() const { return broker_->has_buffered(); }
  int descriptor() const { return broker_->descriptor(); }

 private:
  void declare(const consumer_spec& consumer);
  void ensure_exchange(const std::string& name);

  amqp_options options_;
  std::vector<consumer_spec> consumers_;
  /// By number, which of the consumers. Bindings with wildcards are left out.
  std::map<refusing_routes::route, std::set<std::size_t>> takers_;
  std::optional<event_seal> seal_;
  std::unique_ptr<amqp_connection> broker_;
  std::unordered_set<std::string> known_exchanges_;
  /// Consumers over whose queues a connection was lost: the next does without, then they have another chance.
  std::set<std::string> left_out_;
};

}  // namespace musterd
