#pragma once

#include "common/json/described.hpp"

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace musterd {

/// A key, bound to the field it sets.
struct setting {
  /// As in a TOML file: "http.port".
  std::string_view name;
  std::string_view doc;
  /// Parses and stores the text; returns what is wrong with it, or an empty string.
  std::function<std::string(std::string_view)> set;
  /// The value as TOML; a secret is masked.
  std::function<std::string()> show;
  /// "1 to 64", "100 to 600000 ms", "warn or refuse"; empty where any text is valid.
  std::string limits = {};
  /// Read only from the environment, or from a file named there.
  bool secret = false;
  /// Where the value comes from; empty for the default.
  std::string source = {};

  /// "MUSTERD_HTTP_PORT"; with "_FILE" appended, it names the file to read a secret from.
  std::string environment_name() const;
};

/// "ms", "s" or "days".
template <class Unit>
constexpr std::string_view unit_name() {
  if constexpr (std::same_as<Unit, std::chrono::milliseconds>)
    return "ms";
  else if constexpr (std::same_as<Unit, std::chrono::seconds>)
    return "s";
  else {
    static_assert(std::same_as<Unit, std::chrono::days>);
    return "days";
  }
}

/// A struct's settings, in display order. Each part describes its own next to the struct:
/// `void describe(setting_list& on, its_settings& s)`. The fields hold the defaults at that point. The struct
/// must outlive the list.
class setting_list {
 public:
  /// Inclusive bounds of a number.
  struct bounds {
    std::int64_t least = 0, most = 0;
    std::string_view unit = {};
  };

  template <std::integral T>
  void number(std::string_view name, T& field, bounds within, std::string_view doc) {
    add_number(
        name, within, doc, [&field](std::int64_t value) { field = static_cast<T>(value); },
        [&field] { return static_cast<std::int64_t>(field); });
  }
  /// A whole number of `Unit`.
  template <class Unit, class Rep, class Period>
  void number(std::string_view name, std::chrono::duration<Rep, Period>& field, bounds within,
              std::string_view doc) {
    within.unit = unit_name<Unit>();
    add_number(
        name, within, doc, [&field](std::int64_t value) { field = Unit{value}; },
        [&field] { return static_cast<std::int64_t>(std::chrono::duration_cast<Unit>(field).count()); });
  }
  void flag(std::string_view name, bool& field, std::string_view doc);
  void text(std::string_view name, std::string& field, std::string_view doc);
  void secret(std::string_view name, std::string& field, std::string_view doc);
  /// Comma-separated; blanks around words are ignored.
  void words(std::string_view name, std::vector<std::string>& field, std::string_view doc);
  /// "30s".
  void duration(std::string_view name, std::chrono::milliseconds& field, std::string_view doc);
  /// "1m,5m,15m"; at least one.
  void durations(std::string_view name, std::vector<std::chrono::milliseconds>& field, std::string_view doc);
  /// An enumerator, by name.
  template <described_enum E>
  void choice(std::string_view name, E& field, std::string_view doc) {
    std::vector<std::string_view> names;
    std::vector<E> values;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) {
      names.emplace_back(d.name);
      values.push_back(d.value);
    });
    add_choice(
        name, std::move(names), doc, [&field, values](std::size_t nth) { field = values[nth]; },
        [&field, values] {
          return static_cast<std::size_t>(std::ranges::find(values, field) - values.begin());
        });
  }

  const std::vector<setting>& all() const { return all_; }
  /// Null if there is none.
  setting* find(std::string_view name);

 private:
  void add_number(std::string_view name, bounds within, std::string_view doc,
                  std::function<void(std::int64_t)> put, std::function<std::int64_t()> get);
  void add_choice(std::string_view name, std::vector<std::string_view> names, std::string_view doc,
                  std::function<void(std::size_t)> put, std::function<std::size_t()> get);

  std::vector<setting> all_;
};

}  // namespace musterd
