#pragma once

#include <boost/describe.hpp>
#include <boost/mp11.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

/// The compile-time side of "describe once": member and enumerator names in the case each side expects.
namespace musterd {

/// JSON text, embedded verbatim.
struct raw_json {
  std::string text;
  friend bool operator==(const raw_json&, const raw_json&) = default;
};

template <class T>
concept described_struct = boost::describe::has_describe_members<T>::value && !std::is_union_v<T>;

template <class T>
concept described_enum = std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value;

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

/// A patch to an optional field: absent leaves it alone, null clears it, a value sets it.
template <class T>
inline constexpr bool is_clearable = false;
template <class T>
inline constexpr bool is_clearable<std::optional<std::optional<T>>> = true;

template <described_struct T>
using members_of =
    boost::describe::describe_members<T, boost::describe::mod_public | boost::describe::mod_inherited>;

/// Calls `f(D)` for every member descriptor D of T; `D::pointer` is the member.
template <described_struct T, class F>
constexpr void for_each_member(F&& f) {
  boost::mp11::mp_for_each<members_of<T>>(f);
}

namespace detail {

template <std::size_t N>
struct fixed_text {
  std::array<char, N> chars{};
  std::size_t size = 0;
  constexpr void push(char c) { chars[size++] = c; }
  constexpr std::string_view view() const { return {chars.data(), size}; }
};

constexpr char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

template <class D>
constexpr std::size_t name_length = std::char_traits<char>::length(D::name);

template <class D>
constexpr auto camel_text() {
  fixed_text<name_length<D> + 1> out;
  bool raise = false;
  for (const char* c = D::name; *c != '\0'; ++c) {
    if (*c == '_') {
      raise = true;
      continue;
    }
    out.push(raise ? upper(*c) : *c);
    raise = false;
  }
  return out;
}

template <class D>
constexpr auto upper_text() {
  fixed_text<name_length<D> + 1> out;
  for (const char* c = D::name; *c != '\0'; ++c)
    out.push(upper(*c));
  return out;
}

template <class D>
inline constexpr auto camel_storage = camel_text<D>();
template <class D>
inline constexpr auto upper_storage = upper_text<D>();

}  // namespace detail

/// `clock_in_at` on the wire: "clockInAt".
template <class D>
inline constexpr std::string_view camel_name = detail::camel_storage<D>.view();

/// `clock_in_at` in SQL: "clock_in_at".
template <class D>
inline constexpr std::string_view snake_name{D::name, detail::name_length<D>};

/// "IN_PROGRESS" for `in_progress`.
template <described_enum E>
std::string_view enum_name(E value) {
  std::string_view result = "?";
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) {
    if (d.value == value)
      result = detail::upper_storage<decltype(d)>.view();
  });
  return result;
}

template <described_enum E>
std::optional<E> enum_from_name(std::string_view name) {
  std::optional<E> result;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) {
    if (detail::upper_storage<decltype(d)>.view() == name)
      result = d.value;
  });
  return result;
}

/// "MEAL, REST, OTHER", for error messages.
template <described_enum E>
std::string enum_choices() {
  std::string result;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) {
    if (!result.empty())
      result += ", ";
    result += detail::upper_storage<decltype(d)>.view();
  });
  return result;
}

}  // namespace musterd
