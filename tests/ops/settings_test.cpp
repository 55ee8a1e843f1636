#include "tests/support/process.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>

#include <unistd.h>

/// What operators write in files, environments and scripts: names, defaults, bounds, and the answers to wrong
/// values.
namespace musterd::testing {
namespace {

std::string source_file(const std::string& path) {
  return needed_environment("MUSTERD_SOURCE_DIR") + '/' + path;
}

std::string read(const std::string& path) {
  std::ifstream in{path};
  REQUIRE_MESSAGE(in, path);
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// Everything `musterd` prints, and its exit code; no MUSTERD_ variable of ours reaches it.
std::string run_musterd(const std::vector<std::string>& arguments,
                        const std::vector<std::string>& environment = {}) {
  constexpr auto script =
      "for name in $(env | sed -n 's/^\\(MUSTERD_[A-Z0-9_]*\\)=.*/\\1/p'); do unset $name; done; "
      "env \"$@\" 2>&1; echo \"exit $?\"";
  std::vector<std::string> command{"sh", "-c", script, "sh"};
  command.insert(command.end(), environment.begin(), environment.end());
  command.push_back(needed_environment("MUSTERD_BINARY"));
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run_program({std::move(command), {}, {}});
}

struct shown_setting {
  std::string name, variable;
  bool secret = false;
};

/// As listed by `musterd config`.
std::vector<shown_setting> all_settings() {
  static const std::regex pattern{
      R"(\[([a-z_]+)\]\n|# .* \((MUSTERD_[A-Z0-9_]+)\)\n(# )?([a-z0-9_.]+) = .*\n)"};
  auto shown = run_musterd({"config"});
  std::vector<shown_setting> result;
  std::string section;
  for (std::sregex_iterator it{shown.begin(), shown.end(), pattern}, end; it != end; ++it) {
    const auto& m = *it;
    if (m[1].matched)
      section = m[1].str() + '.';
    else
      result.push_back({section + m[4].str(), m[2], m[3].matched});
  }
  return result;
}

using settings = std::vector<shown_setting>;

/// Few enough at a time that every refused setting is named.
std::vector<settings> handfuls() {
  constexpr std::size_t size = 15;
  std::vector<settings> result;
  for (const auto& s : all_settings()) {
    if (result.empty() || result.back().size() == size)
      result.emplace_back();
    result.back().push_back(s);
  }
  return result;
}

std::vector<std::string> flags_with(const settings& which, const std::string& value) {
  std::vector<std::string> result{"config"};
  for (const auto& s : which)
    if (!s.secret)
      result.push_back("--" + s.name + '=' + value);
  return result;
}

std::vector<std::string> variables_with(const settings& which, const std::string& value) {
  std::vector<std::string> result;
  for (const auto& s : which)
    result.push_back(s.variable + '=' + value);
  return result;
}

/// A temporary TOML file.
class settings_file {
 public:
  explicit settings_file(const std::string& text) { std::ofstream{path_} << text; }
  ~settings_file() { std::filesystem::remove(path_); }
  settings_file(const settings_file&) = delete;
  settings_file& operator=(const settings_file&) = delete;

  const std::string& path() const { return path_; }
  /// What musterd says to it, without the file's name.
  std::string read_by_musterd() const {
    auto said = run_musterd({"config", "--config", path_});
    for (auto at = said.find(path_); at != std::string::npos; at = said.find(path_))
      said.replace(at, path_.size(), "FILE");
    return said;
  }

 private:
  std::string path_ = std::filesystem::temp_directory_path() / fmt::format("musterd-settings-{}", ::getpid());
};

std::string file_with(const settings& which, const std::string& value) {
  std::string result;
  for (const auto& s : which)
    result += fmt::format("{} = {}\n", s.name, value);
  return result;
}

/// Adds the lines that say what is wrong.
void add_refusals(std::vector<std::string>& to, const std::string& said) {
  CHECK(said.ends_with("\nexit 2\n"));
  std::istringstream lines{said};
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("  "))
      to.push_back(line);
}

std::string refusals() {
  std::vector<std::string> all;
  for (const auto& some : handfuls()) {
    add_refusals(all, run_musterd(flags_with(some, "x")));
    add_refusals(all, run_musterd({"config"}, variables_with(some, " ")));
    add_refusals(all, settings_file{file_with(some, "1.5")}.read_by_musterd());
  }
  std::ranges::sort(all);
  return fmt::format("=== wrong values\n{}\n", fmt::join(all, "\n"));
}

std::string misread_files() {
  return "=== names nobody knows\n" +
         settings_file{"colour = 1\n[http]\nprot = 1\n[http.tls]\nfile = 1\n[paint]\n"}.read_by_musterd() +
         "=== no TOML\n" + settings_file{"[http]\nport : 1\n"}.read_by_musterd() + "=== no file\n" +
         run_musterd({"config", "--config", "no-such-file.toml"}) + "=== a flag nobody knows\n" +
         run_musterd({"config", "--http.prot", "1"});
}

}  // namespace

TEST_CASE("settings: names, defaults and refusals are those of golden_settings.txt") {
  CHECK(run_musterd({"config"}) + refusals() + misread_files() ==
        read(source_file("tests/ops/golden_settings.txt")));
}

TEST_CASE("settings: numbers are taken up to their bounds, and no further") {
  static const std::regex pattern{R"(  ([a-z0-9_.]+) must be an integer from (\d+) to (\d+) \()"};
  auto refusals_in = [](const std::string& said) {
    return std::distance(std::sregex_iterator{said.begin(), said.end(), pattern}, {});
  };
  for (const auto& some : handfuls()) {
    auto refused = run_musterd(flags_with(some, "x"));
    std::vector<std::string> least{"config"}, most{"config"}, less{"config"}, more{"config"};
    for (std::sregex_iterator it{refused.begin(), refused.end(), pattern}, end; it != end; ++it) {
      auto flag = fmt::format("--{}=", (*it)[1].str());
      auto from = std::stoll((*it)[2]), to = std::stoll((*it)[3]);
      least.push_back(flag + std::to_string(from));
      most.push_back(flag + std::to_string(to));
      less.push_back(flag + std::to_string(from - 1));
      more.push_back(flag + std::to_string(to + 1));
    }
    CHECK(run_musterd(least).ends_with("\nexit 0\n"));
    auto taken = run_musterd(most);
    CHECK(taken.ends_with("\nexit 0\n"));
    for (auto flag = most.begin() + 1; flag != most.end(); ++flag) {
      auto equals = flag->find('=');
      CHECK_MESSAGE(taken.find(fmt::format(" = {}  # {}\n", flag->substr(equals + 1),
                                           flag->substr(0, equals))) != std::string::npos,
                    *flag);
    }
    CHECK(refusals_in(run_musterd(less)) + 1 == std::ssize(less));
    CHECK(refusals_in(run_musterd(more)) + 1 == std::ssize(more));
  }
}

TEST_CASE("settings: no two have the same name or variable") {
  auto all = all_settings();
  std::set<std::string> names, variables;
  for (const auto& s : all) {
    names.insert(s.name);
    variables.insert(s.variable);
  }
  CHECK(names.size() == all.size());
  CHECK(variables.size() == all.size());
}

TEST_CASE("settings: config.example.toml is what musterd writes, and holds the defaults") {
  auto example = run_musterd({"config", "--example"}, {"MUSTERD_HTTP_PORT=wrong"});
  REQUIRE(example.ends_with("exit 0\n"));
  example.resize(example.size() - std::string_view{"exit 0\n"}.size());
  CHECK_MESSAGE(example == read(source_file("config.example.toml")),
                "musterd config --example > config.example.toml");
  settings_file uncommented{std::regex_replace(example, std::regex{"(^|\n)#([a-z])"}, "$1$2")};
  auto taken = run_musterd({"config", "--config", uncommented.path()});
  auto comes_from = "  # " + uncommented.path();
  std::string without_source;
  std::size_t taken_from_it = 0;
  std::istringstream lines{taken};
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with(comes_from)) {
      line.resize(line.size() - comes_from.size());
      ++taken_from_it;
    }
    without_source += line + '\n';
  }
  CHECK(without_source == run_musterd({"config"}));
  CHECK(static_cast<std::ptrdiff_t>(taken_from_it) ==
        std::ranges::count(all_settings(), false, &shown_setting::secret));
}

}  // namespace musterd::testing
