#pragma once

#include "common/fault.hpp"
#include "common/json/json_document.hpp"
#include "common/json/json_write.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <limits>

/// JSON text to described structs. All wrong fields are reported at once; unknown fields are errors.
namespace musterd {

/// Collects errors, with their paths, while a value is read. Keeps as many as a fault names; counts the rest.
class json_errors {
 public:
  void add(std::string_view message_after_field);
  /// Runs `f` within the field `name`: errors added there carry the longer path.
  template <class F>
  void in_field(std::string_view name, F&& f) {
    auto size = path_.size();
    if (!path_.empty() && name.front() != '[')
      path_ += '.';
    path_ += name;
    f();
    path_.resize(size);
  }
  bool empty() const { return errors_.empty(); }
  fault take_fault() { return validation_failed(std::move(errors_), unnamed_); }

 private:
  std::string path_;
  std::vector<field_error> errors_;
  std::size_t unnamed_ = 0;
};

template <naming Naming = naming::wire, class T>
void read_json(const boost::json::value& from, T& to, json_errors& errors);

namespace detail {

/// Whether a string or name in serialized JSON contains a NUL.
bool has_nul(std::string_view json);

template <class T>
void read_integer(const boost::json::value& from, T& to, json_errors& errors) {
  if (from.is_int64() && std::in_range<T>(from.get_int64()))
    to = static_cast<T>(from.get_int64());
  else if (from.is_uint64() && std::in_range<T>(from.get_uint64()))
    to = static_cast<T>(from.get_uint64());
  else
    errors.add(" must be an integer in range.");
}

template <class T, class Parse>
void read_parsed(const boost::json::value& from, T& to, json_errors& errors, Parse&& parse,
                 std::string_view what) {
  if (from.is_string())
    if (auto parsed = parse(std::string_view{from.get_string()})) {
      to = *parsed;
      return;
    }
  errors.add(fmt::format(" must be {}.", what));
}

template <naming Naming, described_struct T>
void read_members(const boost::json::value& from, T& to, json_errors& errors) {
  if (!from.is_object()) {
    errors.add(" must be an object.");
    return;
  }
  const auto& object = from.get_object();
  std::size_t known = 0;
  for_each_member<T>([&](auto d) {
    constexpr auto name = json_name<Naming, decltype(d)>();
    auto& member = to.*d.pointer;
    const auto* value = object.if_contains(name);
    known += value != nullptr;
    if (value == nullptr || value->is_null()) {
      using type = std::remove_cvref_t<decltype(member)>;
      if constexpr (!is_optional<type>)
        errors.in_field(name, [&] { errors.add(" is required."); });
      else if constexpr (is_clearable<type>)
        if (value != nullptr)
          member.emplace();
      return;
    }
    errors.in_field(name, [&] { read_json<Naming>(*value, member, errors); });
  });
  if (known == object.size())
    return;
  for (const auto& [key, unused] : object) {
    bool expected = false;
    for_each_member<T>(
        [&](auto d) { expected = expected || json_name<Naming, decltype(d)>() == std::string_view{key}; });
    if (!expected)
      errors.in_field(std::string_view{key}.empty() ? "\"\"" : std::string_view{key},
                      [&] { errors.add(" is not a known field."); });
  }
}

}  // namespace detail

template <naming Naming, class T>
void read_json(const boost::json::value& from, T& to, json_errors& errors) {
  if constexpr (std::same_as<T, bool>) {
    if (from.is_bool())
      to = from.get_bool();
    else
      errors.add(" must be true or false.");
  } else if constexpr (std::integral<T>) {
    detail::read_integer(from, to, errors);
  } else if constexpr (std::floating_point<T>) {
    if (from.is_number())
      to = from.to_number<T>();
    else
      errors.add(" must be a number.");
  } else if constexpr (std::same_as<T, std::string>) {
    if (!from.is_string())
      errors.add(" must be a string.");
    else if (std::string_view text{from.get_string()}; text.find('\0') != std::string_view::npos)
      errors.add(" must not contain a NUL character.");  // PostgreSQL cannot store one
    else
      to = text;
  } else if constexpr (std::same_as<T, raw_json>) {
    if (auto text = boost::json::serialize(from); detail::has_nul(text))
      errors.add(" must not contain a NUL character.");
    else
      to.text = std::move(text);
  } else if constexpr (detail::is_id<T>) {
    detail::read_parsed(from, to.value, errors, uuid::parse, "a UUID");
  } else if constexpr (std::same_as<T, uuid>) {
    detail::read_parsed(from, to, errors, uuid::parse, "a UUID");
  } else if constexpr (std::same_as<T, timestamp>) {
    detail::read_parsed(from, to, errors, parse_timestamp, "an RFC 3339 timestamp");
  } else if constexpr (std::same_as<T, local_date>) {
    detail::read_parsed(from, to, errors, parse_local_date, "a date, YYYY-MM-DD");
  } else if constexpr (detail::has_text<T>) {
    detail::read_parsed(from, to, errors, T::parse, "a key known here");
  } else if constexpr (is_optional<T>) {
    read_json<Naming>(from, to.emplace(), errors);
  } else if constexpr (described_enum<T>) {
    detail::read_parsed(from, to, errors, enum_from_name<T>, "one of " + enum_choices<T>());
  } else if constexpr (detail::is_vector<T>) {
    if (!from.is_array()) {
      errors.add(" must be an array.");
      return;
    }
    for (std::size_t i = 0; const auto& item : from.get_array())
      errors.in_field(fmt::format("[{}]", i++), [&] { read_json<Naming>(item, to.emplace_back(), errors); });
  } else if constexpr (detail::is_string_map<T>) {
    if (!from.is_object()) {
      errors.add(" must be an object.");
      return;
    }
    for (const auto& [key, item] : from.get_object())
      errors.in_field(std::string_view{key}, [&] { read_json<Naming>(item, to[std::string{key}], errors); });
  } else {
    static_assert(described_struct<T>, "describe this type with BOOST_DESCRIBE_STRUCT to read it from JSON");
    detail::read_members<Naming>(from, to, errors);
  }
}

/// Reads a described struct; the fault lists its wrong fields.
template <class T, naming Naming = naming::wire>
outcome<T> value_from_json(const boost::json::value& from) {
  T result{};
  json_errors errors;
  read_json<Naming>(from, result, errors);
  // in_place_error: a T whose first member takes a fault would make the plain conversion ambiguous.
  if (!errors.empty())
    return outcome<T>{boost::system::in_place_error, errors.take_fault()};
  return result;
}

/// Reads a document that lives only for this call. Wrong fields go into `errors`; the fault is for
/// unacceptable documents.
template <class T, naming Naming = naming::wire>
outcome<void> read_document(std::string_view text, T& to, json_errors& errors) {
  // The document's parts are allocated side by side and freed at once.
  unsigned char first[4096];
  boost::json::monotonic_resource memory{first};
  auto document = parse_json(text, &memory);
  if (!document)
    return document.error();
  read_json<Naming>(*document, to, errors);
  return {};
}

template <class T, naming Naming = naming::wire>
outcome<T> from_json(std::string_view text) {
  T result{};
  json_errors errors;
  auto read = read_document<T, Naming>(text, result, errors);
  if (!read)
    return outcome<T>{boost::system::in_place_error, read.error()};
  if (!errors.empty())
    return outcome<T>{boost::system::in_place_error, errors.take_fault()};
  return result;
}

}  // namespace musterd
