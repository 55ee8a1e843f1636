#include "messaging/amqp/amqp_assembly.hpp"
#include "messaging/amqp/amqp_codec.hpp"

#include <fmt/format.h>

#include <algorithm>

// Reads single frames instead of using amqp_consume_message: confirms and deliveries share a connection, an
// oversize body is never held in memory, and no call blocks for the rest of a message.
namespace musterd {

using namespace amqp_codec;

amqp_signal amqp_connection::on_frame(const amqp_frame_t& frame) {
  if (frame.frame_type == AMQP_FRAME_METHOD)
    return on_method(frame.channel, frame.payload.method);
  auto found = assemblies_.find(frame.channel);
  if (found == assemblies_.end() || found->second->what == assembly::kind::none)
    return {};
  auto& message = *found->second;
  if (frame.frame_type == AMQP_FRAME_HEADER) {
    message.has_header = true;
    message.delivery.body_size = frame.payload.properties.body_size;
    fill_properties(*static_cast<const amqp_basic_properties_t*>(frame.payload.properties.decoded),
                    message.delivery);
  } else if (frame.frame_type == AMQP_FRAME_BODY) {
    auto part = frame.payload.body_fragment;
    auto& body = message.delivery.body;
    message.received += part.len;
    if (body.size() < max_body_)
      body.append(static_cast<const char*>(part.bytes), std::min(part.len, max_body_ - body.size()));
  }
  return finished(message);
}

amqp_signal amqp_connection::finished(assembly& message) {
  if (!message.has_header || message.received < message.delivery.body_size)
    return {};
  auto what = message.what;
  auto done = std::move(message);
  message = assembly{};
  if (what == assembly::kind::delivery)
    return std::move(done.delivery);
  done.returned.message_id = std::move(done.delivery.message_id);
  return std::move(done.returned);
}

amqp_signal amqp_connection::on_method(channel_id channel, const amqp_method_t& method) {
  auto begin = [&](assembly::kind what) -> assembly& {
    auto& slot = assemblies_[channel];
    if (!slot)
      slot = std::make_unique<assembly>();
    *slot = assembly{};
    slot->what = what;
    return *slot;
  };
  switch (method.id) {
    case AMQP_BASIC_ACK_METHOD: {
      const auto& ack = *static_cast<const amqp_basic_ack_t*>(method.decoded);
      return amqp_confirm{ack.delivery_tag, ack.multiple != 0, true, channel};
    }
    case AMQP_BASIC_NACK_METHOD: {
      const auto& nack = *static_cast<const amqp_basic_nack_t*>(method.decoded);
      return amqp_confirm{nack.delivery_tag, nack.multiple != 0, false, channel};
    }
    case AMQP_BASIC_DELIVER_METHOD: {
      const auto& deliver = *static_cast<const amqp_basic_deliver_t*>(method.decoded);
      auto& delivery = begin(assembly::kind::delivery).delivery;
      delivery.tag = deliver.delivery_tag;
      delivery.redelivered = deliver.redelivered != 0;
      delivery.exchange = text(deliver.exchange);
      delivery.routing_key = text(deliver.routing_key);
      return {};
    }
    case AMQP_BASIC_RETURN_METHOD: {
      const auto& back = *static_cast<const amqp_basic_return_t*>(method.decoded);
      begin(assembly::kind::returned).returned = {
          back.reply_code, text(back.reply_text), text(back.routing_key), {}};
      return {};
    }
    case AMQP_BASIC_CANCEL_METHOD:
      return amqp_cancelled{text(static_cast<const amqp_basic_cancel_t*>(method.decoded)->consumer_tag)};
    case AMQP_CONNECTION_BLOCKED_METHOD: blocked_ = true; return {};
    case AMQP_CONNECTION_UNBLOCKED_METHOD: blocked_ = false; return {};
    case AMQP_CHANNEL_CLOSE_METHOD:
    case AMQP_CONNECTION_CLOSE_METHOD: {
      auto close = read_close(method);
      auto what = fmt::format("the broker closed the {}: {} {}",
                              close.of_connection ? "connection" : "channel", close.code, close.text);
      if (close.of_connection)
        throw amqp_connection_lost{what, close.code};
      throw amqp_refused{close.code, what};
    }
    default: return {};
  }
}

}  // namespace musterd
