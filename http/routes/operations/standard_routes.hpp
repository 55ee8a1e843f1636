#pragma once

#include "common/json/described.hpp"
#include "http/routing/route_table.hpp"

#include <functional>
#include <string>
#include <vector>

namespace musterd {

enum class health_status { up, degraded, down };
BOOST_DESCRIBE_ENUM(health_status, up, degraded, down)

struct health_check {
  std::string name;
  health_status status = health_status::up;
  std::optional<std::string> detail;
};
BOOST_DESCRIBE_STRUCT(health_check, (), (name, status, detail))

struct health_report {
  health_status status = health_status::up;
  std::vector<health_check> checks;
};
BOOST_DESCRIBE_STRUCT(health_report, (), (status, checks))

/// For the routes that every server has. The functions run on the server's threads and must not block.
struct standard_sources {
  std::function<health_report()> health;
  /// Null: another listener serves them.
  std::function<std::string()> metrics;
  std::string version;
  /// Folder that holds rapidoc-min.js; if empty, the built-in one is used.
  std::string docs_dir;
};

/// /health/live, /health/ready and /metrics: all that the operators' own listener has.
void operator_routes(route_table& on, std::function<health_report()> health,
                     std::function<std::string()> metrics);

/// /health/live, /health/ready, /metrics, /openapi.json, /docs. Routes may still be added: the document is
/// built on the first request.
void standard_routes(route_table& on, standard_sources sources);

}  // namespace musterd
