#include "common/text/text.hpp"
#include "messaging/amqp/amqp_codec.hpp"
#include "messaging/amqp/header_names.hpp"
#include "messaging/inbox/envelope_limits.hpp"
#include "messaging/inbox/storable_text.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <cmath>

/// A sender's headers may fill a frame (128 KiB), and an element of one byte becomes 24 in memory. Without
/// limits any publisher would choose how much of each message we keep in memory, tables and answers.
namespace musterd::amqp_codec {
namespace {

/// Neither our JSON reader nor the database's accepts deeper nesting.
constexpr int deepest_header = 16;
/// Of a number as JSON.
constexpr std::size_t longest_number = 24;

std::string_view view(amqp_bytes_t from) {
  return {static_cast<const char*>(from.bytes), from.len};
}

bool is_text(const amqp_field_value_t& value) {
  return value.kind == AMQP_FIELD_KIND_UTF8 || value.kind == AMQP_FIELD_KIND_BYTES;
}

bool is_handled_by(std::string_view name) {
  return std::find(handled_by.begin(), handled_by.end(), name) != handled_by.end();
}

std::size_t json_size(char c) {
  return static_cast<unsigned char>(c) < 0x20 ? 6 : c == '"' || c == '\\' ? 2 : 1;
}

boost::json::value finite(double number) {
  return std::isfinite(number) ? boost::json::value(number) : boost::json::value(nullptr);
}

boost::json::value scalar(const amqp_field_value_t& from) {
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
    default: return nullptr;
  }
}

/// Takes values while there is room for them.
class room {
 public:
  /// Whether anything since `begin` had no room.
  bool was_short() const { return short_; }
  void begin() { short_ = false; }

  boost::json::value take(const amqp_field_value_t& from, int depth) {
    if (is_full()) {
      short_ = true;
      return nullptr;
    }
    --values_;
    if (is_text(from))
      return take_text(view(from.value.bytes));
    bool too_deep = depth > deepest_header;
    if (from.kind == AMQP_FIELD_KIND_TABLE && !too_deep)
      return take_table(from.value.table, depth);
    if (from.kind == AMQP_FIELD_KIND_ARRAY && !too_deep)
      return take_array(from.value.array, depth);
    short_ = short_ || too_deep;
    bytes_ -= longest_number;
    return too_deep ? nullptr : scalar(from);
  }

  /// The whole name, or none.
  std::optional<std::string> take_name(amqp_bytes_t from) {
    auto name = storable_text(view(from));
    auto size = std::size_t{4};  // quotes, colon, comma
    for (char c : name)
      size += json_size(c);
    if (values_ == 0 || !has(size + longest_number)) {
      short_ = true;
      return {};
    }
    bytes_ -= size;
    return name;
  }

 private:
  bool has(std::size_t size) const { return bytes_ >= size; }
  bool is_full() const { return values_ == 0 || !has(longest_number); }

  boost::json::string take_text(std::string_view from) {
    auto text = storable_text(from.substr(0, bytes_));
    std::size_t kept = 0, size = 3;
    while (kept < text.size() && has(size + json_size(text[kept])))
      size += json_size(text[kept++]);
    bytes_ -= size;
    short_ = short_ || kept < from.size();
    return boost::json::string{cut_text(text, kept)};
  }

  boost::json::array take_array(const amqp_array_t& from, int depth) {
    boost::json::array items;
    bytes_ -= 3;
    for (int i = 0; i < from.num_entries; ++i) {
      if (is_full()) {
        short_ = true;
        break;
      }
      items.push_back(take(from.entries[i], depth + 1));
    }
    return items;
  }

  boost::json::object take_table(const amqp_table_t& from, int depth) {
    boost::json::object members;
    bytes_ -= 3;
    for (int i = 0; i < from.num_entries; ++i) {
      auto name = take_name(from.entries[i].key);
      if (!name)
        break;
      members[*name] = take(from.entries[i].value, depth + 1);
    }
    return members;
  }

  std::size_t bytes_ = kept_header_bytes, values_ = kept_header_values;
  bool short_ = false;
};

}  // namespace

boost::json::object kept_headers(const amqp_table_t& table) {
  boost::json::object result;
  std::span<const amqp_table_entry_t> entries{table.entries, static_cast<std::size_t>(table.num_entries)};
  auto decides = [](const amqp_table_entry_t& entry) {
    return is_handled_by(view(entry.key)) && is_text(entry.value) &&
           is_plain_name(view(entry.value.value.bytes));
  };
  // Kept whole wherever they stand: a part of a key would be another key.
  for (const auto& entry : entries)
    if (decides(entry))
      result[view(entry.key)] = view(entry.value.value.bytes);
  room left;
  std::int64_t left_out = 0;
  for (const auto& entry : entries) {
    if (is_handled_by(view(entry.key)) && (decides(entry) || result.contains(view(entry.key))))
      continue;
    left.begin();
    if (auto name = left.take_name(entry.key)) {
      auto value = left.take(entry.value, 1);
      if (!left.was_short() || !is_handled_by(*name))
        result[*name] = std::move(value);
    }
    left_out += left.was_short() ? 1 : 0;
  }
  if (left_out > 0)
    result[left_out_header] = left_out;
  return result;
}

}  // namespace musterd::amqp_codec
