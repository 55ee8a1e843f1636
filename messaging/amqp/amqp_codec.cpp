#include "messaging/amqp/amqp_codec.hpp"

#include "common/json/json_document.hpp"
#include "messaging/inbox/storable_text.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <cmath>

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

boost::json::value finite(double number) {
  return std::isfinite(number) ? boost::json::value(number) : boost::json::value(nullptr);
}

/// What is nested deeper neither our JSON reader nor the database's would take.
constexpr int deepest_header = 16;

boost::json::object table_to_json(const amqp_table_t& table, int depth);

boost::json::value field_to_json(const amqp_field_value_t& from, int depth) {
  if (depth > deepest_header)
    return nullptr;
  switch (from.kind) {
    case AMQP_FIELD_KIND_BOOLEAN: return from.value.boolean != 0;
    case AMQP_FIELD_KIND_I8: return from.value.i8;
    case AMQP_FIELD_KIND_U8: return from.value.u8;
    case AMQP_FIELD_KIND_I16: return from.value.i16;
    case AMQP_FIELD_KIND_U16: return from.value.u16;
    case AMQP_FIELD_KIND_I32: return from.value.i32;
    case AMQP_FIELD_KIND_U32: return from.value.u32;
    case AMQP_FIELD_KIND_I64: return from.value.i64;
    case AMQP_FIELD_KIND_U64:
    case AMQP_FIELD_KIND_TIMESTAMP: return from.value.u64;
    case AMQP_FIELD_KIND_F32: return finite(from.value.f32);
    case AMQP_FIELD_KIND_F64: return finite(from.value.f64);
    case AMQP_FIELD_KIND_UTF8:
    case AMQP_FIELD_KIND_BYTES: return boost::json::string{storable_text(text(from.value.bytes))};
    case AMQP_FIELD_KIND_TABLE: return table_to_json(from.value.table, depth + 1);
    case AMQP_FIELD_KIND_ARRAY: {
      boost::json::array items;
      for (int i = 0; i < from.value.array.num_entries; ++i)
        items.push_back(field_to_json(from.value.array.entries[i], depth + 1));
      return items;
    }
    default: return nullptr;
  }
}

boost::json::object table_to_json(const amqp_table_t& table, int depth) {
  boost::json::object result;
  constexpr auto most = static_cast<int>(json_limits::members_per_object);
  for (int i = 0; i < std::min(table.num_entries, most); ++i)
    result[storable_text(text(table.entries[i].key))] = field_to_json(table.entries[i].value, depth);
  return result;
}

}  // namespace

std::vector<amqp_table_entry_t> table_entries(const amqp_arguments& arguments) {
  std::vector<amqp_table_entry_t> entries;
  for (const auto& [name, value] : arguments)
    entries.push_back({bytes(name), field(value)});
  return entries;
}

boost::json::object to_json(const amqp_table_t& table) {
  return table_to_json(table, 1);
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
    to.headers = to_json(from.headers);
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
