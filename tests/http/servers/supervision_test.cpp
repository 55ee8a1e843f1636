#include "tests/http/time/stage.hpp"

#include <fmt/format.h>

#include <functional>

/// The supervision tree, as operators see it.
namespace musterd::testing {

TEST_CASE("supervision: the tree shows the parts of the server") {
  auto& server = shared_server();
  auto tree = server.signed_in("demo.operator")->http.get("/api/ops/supervision");
  REQUIRE(tree.status == 200);
  CHECK(text_at(tree, "/name") == "root");
  for (const auto* part :
       {"journal", "regions", "messaging", "housekeeping", "relay", "on-the-clock", "writer-0"})
    CHECK_MESSAGE(tree.body.find(fmt::format("\"{}\"", part)) != std::string::npos, part);
}

TEST_CASE("supervision: of the server's parts its threads, and they alone, fail for themselves; restarts are "
          "counted") {
  auto& server = shared_server();
  auto tree = json_of(server.signed_in("demo.operator")->http.get("/api/ops/supervision"));
  auto metrics = server.client().get("/metrics").body;
  int threads = 0;
  std::function<void(const boost::json::value&, const std::string&)> check = [&](const auto& node,
                                                                                 const auto& path) {
    CAPTURE(path);
    auto is_thread = text_at(node, "/kind") == "thread";
    threads += is_thread;
    CHECK(text_at(node, "/optional") == (is_thread ? "true" : "false"));
    auto counted =
        fmt::format("supervision_restarts_total{{child=\"{}\"}} {}\n", path, text_at(node, "/restarts"));
    CHECK(metrics.find(counted) != std::string::npos);
    for (const auto& child : node.at("children").as_array())
      check(child, path + '/' + text_at(child, "/name"));
  };
  check(tree, "root");
  CHECK(threads >= 12);
}

}  // namespace musterd::testing
