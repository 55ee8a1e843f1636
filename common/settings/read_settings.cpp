#include "common/settings/read_settings.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <fstream>
#include <sstream>

namespace musterd {
namespace {

class reader {
 public:
  explicit reader(setting_list& into) : into_{into} {}

  void file(const std::string& path) {
    try {
      table(toml::parse_file(path), "", path);
    } catch (const toml::parse_error& e) {
      std::ostringstream where;
      where << e.source().begin;
      refuse(path, fmt::format("cannot be read: {} ({})", e.description(), where.str()));
    }
  }
  void environment(const std::function<const char*(const std::string&)>& variable) {
    for (const auto& s : into_.all()) {
      auto name = s.environment_name();
      if (const char* value = variable(name))
        set(s.name, value, name);
      else if (const char* path = s.secret ? variable(name + "_FILE") : nullptr)
        set(s.name, first_line(path), name + "_FILE");
    }
  }
  void flag(const std::string& name, const std::string& value) {
    if (into_.find(name) == nullptr)
      refuse(name, "is not a known key");
    else
      set(name, value, "--" + name);
  }
  std::vector<field_error> take_errors() { return std::move(errors_); }

 private:
  void set(std::string_view name, std::string_view value, const std::string& source) {
    auto& which = *into_.find(name);
    if (auto problem = which.set(value); !problem.empty())
      refuse(name, fmt::format("{} ({})", problem, source));
    which.source = source;
  }
  void refuse(std::string_view name, std::string_view problem) {
    errors_.push_back({std::string{name}, fmt::format("{} {}", name, problem)});
  }
  void table(const toml::table& table, const std::string& prefix, const std::string& file) {
    for (const auto& [name, node] : table) {
      auto full = prefix + std::string{name.str()};
      if (const auto* inner = node.as_table())
        this->table(*inner, full + '.', file);
      else if (const auto* which = into_.find(full); which == nullptr)
        refuse(full, fmt::format("is not a known key (in {})", file));
      else if (which->secret)
        refuse(full,
               "is a secret: give it by environment or by a file named there, not in the configuration");
      else
        set(full, as_text(node), file);
    }
  }
  static std::string as_text(const toml::node& node) {
    if (auto s = node.value<std::string>(); s && node.is_string())
      return *s;
    if (node.is_boolean())
      return *node.value<bool>() ? "true" : "false";
    if (node.is_integer())
      return std::to_string(*node.value<std::int64_t>());
    return "(neither text, integer nor boolean)";
  }
  static std::string first_line(const std::string& path) {
    std::ifstream file{path};
    std::string line;
    std::getline(file, line);
    return line;
  }

  setting_list& into_;
  std::vector<field_error> errors_;
};

}  // namespace

outcome<void> read_settings(setting_list& into, const setting_sources& sources) {
  reader r{into};
  if (!sources.file.empty())
    r.file(sources.file);
  if (sources.environment)
    r.environment(sources.environment);
  for (const auto& [name, value] : sources.flags)
    r.flag(name, value);
  if (auto errors = r.take_errors(); !errors.empty())
    return validation_failed(std::move(errors));
  return boost::system::in_place_value;
}

}  // namespace musterd
