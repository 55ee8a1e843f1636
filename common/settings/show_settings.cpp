#include "common/settings/show_settings.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace musterd {
namespace {

constexpr std::size_t widest_comment = 100;

std::string_view section_of(const setting& s) {
  auto dot = s.name.find('.');
  return dot == std::string_view::npos ? std::string_view{} : s.name.substr(0, dot);
}

std::string_view name_in_section(const setting& s) {
  return s.name.substr(section_of(s).empty() ? 0 : section_of(s).size() + 1);
}

/// Keys without a section come first: TOML would assign them to the section above.
template <class F>
std::string in_sections(const setting_list& settings, F&& show) {
  std::vector<const setting*> in_order;
  for (const auto& s : settings.all())
    in_order.push_back(&s);
  std::ranges::stable_partition(in_order, [](const setting* s) { return section_of(*s).empty(); });
  std::string out;
  std::string_view section;
  for (const auto* s : in_order) {
    if (section_of(*s) != section) {
      section = section_of(*s);
      out += fmt::format("\n[{}]\n", section);
    }
    out += show(*s);
  }
  return out;
}

std::string comment(std::string_view text) {
  std::string out;
  while (text.size() > widest_comment) {
    auto end = text.rfind(' ', widest_comment);
    if (end == std::string_view::npos)
      break;
    out += fmt::format("# {}\n", text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return out + fmt::format("# {}\n", text);
}

std::string example_of(const setting& s) {
  auto out = '\n' + comment(s.doc);
  if (s.secret)
    return out +
           fmt::format("# {0}, or the first line of the file that {0}_FILE names\n", s.environment_name());
  out += fmt::format("# {}{}{}\n", s.environment_name(), s.limits.empty() ? "" : ": ", s.limits);
  return out + fmt::format("#{} = {}\n", name_in_section(s), s.show());
}

}  // namespace

std::string show_settings(const setting_list& settings) {
  return in_sections(settings, [](const setting& s) {
    return fmt::format("# {} ({})\n{}{} = {}{}{}\n", s.doc, s.environment_name(), s.secret ? "# " : "",
                       name_in_section(s), s.show(), s.source.empty() ? "" : "  # ", s.source);
  });
}

std::string example_settings(const setting_list& settings) {
  return "# Every setting at its default: take out the # before what you change. The environment is stronger "
         "than\n"
         "# this file, and a flag (--http.port 8081) than both. Written by `musterd config --example`.\n" +
         in_sections(settings, example_of);
}

}  // namespace musterd
