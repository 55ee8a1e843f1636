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

/// What the routes that every server has need to know. The functions run on an HTTP thread: no blocking.
struct standard_sources {
  std::function<health_report()> health;
  /// None: another listener has them.
  std::function<std::string()> metrics;
  std::string version;
  /// Folder that holds rapidoc-min.js; empty uses the one built in.
  std::string docs_dir;
};

/// /health/live and /health/ready, and /metrics: what a listener for operators has, and no more.
void operator_routes(route_table& on, std::function<health_report()> health,
                     std::function<std::string()> metrics);

/// /health/live, /health/ready, /metrics, /openapi.json, /docs. The table may still grow afterwards: the
/// document is made when it is first asked for.
void standard_routes(route_table& on, standard_sources sources);

}  // namespace musterd
