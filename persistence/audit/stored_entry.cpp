#include "persistence/audit/stored_entry.hpp"

#include "common/json/json_read.hpp"

#include <charconv>

namespace musterd {
namespace {

template <class T>
bool read_field(std::string_view text, T& to) {
  auto take = [&](const auto& parsed, auto& target) {
    if (parsed)
      target = *parsed;
    return parsed.has_value();
  };
  if constexpr (is_optional<T>) {
    return read_field(text, to.emplace());
  } else if constexpr (detail::is_id<T>) {
    return take(uuid::parse(text), to.value);
  } else if constexpr (std::same_as<T, uuid>) {
    return take(uuid::parse(text), to);
  } else if constexpr (std::same_as<T, timestamp>) {
    return take(parse_timestamp(text), to);
  } else if constexpr (described_enum<T>) {
    return take(enum_from_name<T>(text), to);
  } else if constexpr (std::same_as<T, raw_json>) {
    to.text = text;
    return true;
  } else if constexpr (detail::is_vector<T>) {
    if (text == "[]")
      return true;
    auto document = parse_json(text);
    json_errors errors;
    if (document)
      read_json(*document, to, errors);
    return document.has_value() && errors.empty();
  } else {
    to = text;
    return true;
  }
}

bool read_integer(std::string_view text, std::int64_t& to) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), to);
  return error == std::errc{} && end == text.data() + text.size();
}

bool read_values(std::string_view json, recorded_values& to) {
  auto document = parse_json(json);
  json_errors errors;
  if (document && document->is_object())
    for (const auto& [field, value] : document->get_object())
      read_json(value, to[std::string{field}], errors);
  return document.has_value() && errors.empty();
}

template <class T>
std::string expression(std::string_view name) {
  if constexpr (std::same_as<T, timestamp>)
    return fmt::format(R"(to_char(e.{} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))", name);
  else if constexpr (detail::is_vector<T>)
    return fmt::format("array_to_json(e.{})", name);
  else
    return fmt::format("e.{}", name);
}

}  // namespace

const std::string& stored_entry_columns() {
  static const auto columns = [] {
    std::string result;
    for_each_member<audit_entry>([&](auto d) {
      using member = std::remove_cvref_t<decltype(std::declval<audit_entry>().*d.pointer)>;
      result += expression<member>(snake_name<decltype(d)>) + ", ";
    });
    // Most entries have no personal values, and FINANCIAL details are their producers', whatever they say.
    return result + fmt::format(R"(e.tenant_id, e.chain_id, e.chain_seq, encode(e.entry_hash, 'hex'),
      CASE WHEN e.category <> 'FINANCIAL' AND strpos(e.details::text, '{}') > 0 THEN (
        SELECT json_object_agg(v.field, json_build_object('salt', v.salt, 'value', v.value))
        FROM audit.personal_value v WHERE v.tenant_id = e.tenant_id AND v.entry_id = e.entry_id) END)",
                                digest_member);
  }();
  return columns;
}

entry_read read_what_fits(const text_row& row) {
  entry_read result;
  auto& [stored, unreadable] = result;
  std::size_t at = 0;
  auto note = [&unreadable](bool sound, std::string_view member) {
    if (!sound)
      unreadable.emplace_back(member);
  };
  for_each_member<audit_entry>([&](auto d) {
    auto& member = stored.entry.*d.pointer;
    const auto& field = row[at++];
    note(field ? read_field(*field, member) : is_optional<std::remove_cvref_t<decltype(member)>>,
         camel_name<decltype(d)>);
  });
  note(row[at] && read_field(*row[at], stored.tenant), "tenantId");
  if (row[at + 1])
    note(read_field(*row[at + 1], stored.chain_id), "chainId");
  if (row[at + 2])
    note(read_integer(*row[at + 2], stored.chain_seq), "chainSeq");
  stored.entry_hash = hash_from_hex(row[at + 3].value_or("")).value_or(chain_hash{});
  if (row[at + 4])
    note(read_values(*row[at + 4], stored.personal), "payload");
  return result;
}

entry_read read_what_fits(const pqxx::row& row) {
  text_row fields;
  for (const auto& field : row)
    fields.push_back(field.is_null() ? std::nullopt
                                     : std::optional{std::string_view{field.c_str(), field.size()}});
  return read_what_fits(fields);
}

audit_entry_view view_of(const entry_read& read, bool with_payload) {
  auto result = view_of(read.stored.entry, with_payload, read.stored.personal);
  result.altered_fields.insert(result.altered_fields.end(), read.unreadable.begin(), read.unreadable.end());
  return result;
}

namespace {

template <class Row>
std::optional<stored_entry> read_whole(const Row& row) {
  auto read = read_what_fits(row);
  return read.unreadable.empty() ? std::optional{std::move(read.stored)} : std::nullopt;
}

}  // namespace

std::optional<stored_entry> read_entry(const text_row& row) {
  return read_whole(row);
}

std::optional<stored_entry> read_entry(const pqxx::row& row) {
  return read_whole(row);
}

}  // namespace musterd
