#include "messaging/amqp/amqp_codec.hpp"

#include "messaging/inbox/storable_text.hpp"

namespace musterd::amqp_codec {
namespace {

amqp_field_value_t field(const amqp_argument& from) {
  amqp_field_value_t to{};
  if (const auto* s = std::get_if<std::string>(&from)) {
    to.kind = AMQP_FIELD_KIND_UTF8;
    to.value.bytes = bytes(*s);
  } else if (const auto* number = std::get_if<std::int64_t>(&from)) {
    to.kind = AMQP_FIELD_KIND_I64;
    to.value.i64 = *number;
  } else {
    to.kind = AMQP_FIELD_KIND_BOOLEAN;
    to.value.boolean = std::get<bool>(from);
  }
  return to;
}

}  // namespace

std::vector<amqp_table_entry_t> table_entries(const amqp_arguments& arguments) {
  std::vector<amqp_table_entry_t> entries;
  for (const auto& [name, value] : arguments)
    entries.push_back({bytes(name), field(value)});
  return entries;
}

void fill_properties(const amqp_basic_properties_t& from, amqp_delivery& to) {
  auto take = [&](amqp_flags_t flag, amqp_bytes_t value, std::string& into) {
    if (from._flags & flag)
      into = storable_text(text(value));
  };
  take(AMQP_BASIC_MESSAGE_ID_FLAG, from.message_id, to.message_id);
  take(AMQP_BASIC_TYPE_FLAG, from.type, to.type);
  take(AMQP_BASIC_CORRELATION_ID_FLAG, from.correlation_id, to.correlation_id);
  take(AMQP_BASIC_CONTENT_TYPE_FLAG, from.content_type, to.content_type);
  if (from._flags & AMQP_BASIC_HEADERS_FLAG)
    to.headers = kept_headers(from.headers);
}

close_reason read_close(const amqp_method_t& method) {
  if (method.id == AMQP_CONNECTION_CLOSE_METHOD) {
    const auto& close = *static_cast<const amqp_connection_close_t*>(method.decoded);
    return {true, close.reply_code, text(close.reply_text)};
  }
  if (method.id == AMQP_CHANNEL_CLOSE_METHOD) {
    const auto& close = *static_cast<const amqp_channel_close_t*>(method.decoded);
    return {false, close.reply_code, text(close.reply_text)};
  }
  return {};
}

}  // namespace musterd::amqp_codec
