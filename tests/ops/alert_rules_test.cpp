#include "tests/support/process.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>

/// What operators rely on outside the server: rules, routing and the runbook.
namespace musterd::testing {
namespace {

std::string path_of(const std::string& file) {
  return needed_environment("MUSTERD_SOURCE_DIR") + '/' + file;
}

std::string read(const std::string& file) {
  std::ifstream in{path_of(file)};
  REQUIRE_MESSAGE(in, file);
  return {std::istreambuf_iterator<char>{in}, {}};
}

std::vector<std::string> all_matches(const std::string& text, const char* pattern) {
  std::vector<std::string> result;
  std::regex wanted{pattern};
  for (std::sregex_iterator it{text.begin(), text.end(), wanted}, end; it != end; ++it)
    result.push_back((*it)[1]);
  return result;
}

constexpr auto rules_file = "ops/prometheus/musterd.rules.yml";

/// Each alert's part of the file, by alert name.
std::map<std::string, std::string> alerts() {
  std::map<std::string, std::string> result;
  std::string name;
  std::istringstream lines{read(rules_file)};
  for (std::string line; std::getline(lines, line);) {
    if (auto found = all_matches(line, "- alert: (\\w+)$"); !found.empty())
      name = found.front();
    if (!name.empty())
      result[name] += line + '\n';
  }
  return result;
}

/// Metrics of an expression: names that are neither functions nor PromQL keywords.
std::set<std::string> metrics_in(std::string expression) {
  for (const auto* noise :
       {"\"[^\"]*\"", "\\{[^}]*\\}", "\\[[^\\]]*\\]", "\\b(by|without|on|ignoring) *\\([^)]*\\)",
        "\\boffset +\\w+", "\\b(and|or|unless)\\b", "\\w+ *\\("})
    expression = std::regex_replace(expression, std::regex{noise}, " ");
  auto names = all_matches(expression, "\\b([a-z_:][a-z0-9_:]*)\\b");
  return {names.begin(), names.end()};
}

std::set<std::string> declared_metrics() {
  auto golden = read("tests/http/operations/golden_metrics.txt");
  auto names = all_matches(golden, "(?:counter|gauge) (\\w+)");
  std::set<std::string> result{names.begin(), names.end()};
  for (const auto& histogram : all_matches(golden, "histogram (\\w+)"))
    for (const auto* part : {"_bucket", "_sum", "_count"})
      result.insert(histogram + part);
  return result;
}

}  // namespace

TEST_CASE("alert rules: promtool accepts them, and each is silent and fires when it should [S90-F29 S90-F30 "
          "S90-F31]") {
  CHECK_NOTHROW(run_program({{"promtool", "check", "rules", path_of(rules_file)}, {}, {}}));
  CHECK_NOTHROW(
      run_program({{"promtool", "test", "rules", path_of("ops/prometheus/musterd.rules.test.yml")}, {}, {}}));
}

TEST_CASE("alert rules: every alert is tested") {
  auto tests = read("ops/prometheus/musterd.rules.test.yml");
  REQUIRE(alerts().size() > 10);
  for (const auto& [name, unused] : alerts())
    CHECK_MESSAGE(std::regex_search(tests, std::regex{"alertname(=\"|: )" + name + "\\b"}), name);
}

TEST_CASE("alertmanager: amtool accepts the sample, and what is most urgent goes to the pager") {
  auto sample = path_of("ops/alertmanager/alertmanager.yml");
  CHECK_NOTHROW(run_program({{"amtool", "check-config", sample}, {}, {}}));
  auto receiver = [&](const std::string& label) {
    return run_program({{"amtool", "config", "routes", "test", "--config.file=" + sample, label}, {}, {}});
  };
  CHECK(receiver("alert_type=OFFBOARDING_CRITICAL").ends_with("pager\n"));
  CHECK(receiver("severity=critical").ends_with("pager\n"));
  CHECK(receiver("severity=warning").ends_with("operators\n"));
}

TEST_CASE("alert rules: every metric is declared in golden_metrics.txt") {
  auto known = declared_metrics();
  known.insert("up");  // Prometheus's own
  for (const auto& [name, text] : alerts()) {
    CAPTURE(name);
    auto expressions = all_matches(text, "\n +expr: ([^\n]+)");
    REQUIRE(expressions.size() == 1);
    // The whole expression is on this line.
    REQUIRE(expressions[0].find_first_of(">|") != 0);
    auto used = metrics_in(expressions[0]);
    CHECK(!used.empty());
    for (const auto& metric : used)
      CHECK_MESSAGE(known.contains(metric), metric);
  }
}

TEST_CASE("alert rules: each says how bad it is, what it means, and where to read on") {
  auto manual = read("docs/operations.md");
  for (const auto& [name, text] : alerts()) {
    CAPTURE(name);
    CHECK(std::regex_search(text, std::regex{"\n +severity: (warning|critical)\n"}));
    for (const auto* key : {"summary", "description"})
      CHECK(std::regex_search(text, std::regex{fmt::format("\n +{}: '?[^ \n][^\n]{{10,}}", key)}));
    auto link = all_matches(text, "\n +runbook_url: docs/operations\\.md#(\\S+)\n");
    REQUIRE(link.size() == 1);
    std::string anchor;
    for (char c : name)
      anchor += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    CHECK(link[0] == anchor);
    CHECK_MESSAGE(manual.find("### " + name + '\n') != std::string::npos, "no paragraph");
  }
}

}  // namespace musterd::testing
