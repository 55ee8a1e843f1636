#include "bench/load/runner.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <csignal>
#include <iostream>

namespace {

using namespace musterd::bench;

boost::json::object as_json(const report& r) {
  auto rate = r.seconds > 0 ? static_cast<double>(r.latency.total()) / r.seconds : 0;
  return {{"event", "end"},
          {"answers", r.latency.total()},
          {"seconds", r.seconds},
          {"rate", rate},
          {"p50", r.latency.at(0.5)},
          {"p90", r.latency.at(0.9)},
          {"p99", r.latency.at(0.99)},
          {"p999", r.latency.at(0.999)},
          {"max", r.latency.max()},
          {"clientCpuSeconds", r.client_cpu_seconds},
          {"wrong", r.wrong},
          {"firstWrong", r.first_wrong},
          {"delayed", r.delayed},
          {"unanswered", r.unanswered}};
}

}  // namespace

/// Prints a line of JSON when the measurement begins and ends, so that the caller can read the servers' CPU
/// times then. Latencies are microseconds.
int main(int argc, char** argv) {
  options o;
  std::string what = "commands";
  CLI::App app{"Puts load on an HTTP server and measures."};
  app.add_option("--host", o.host);
  app.add_option("--port", o.port);
  app.add_flag("--tls", o.tls);
  app.add_option("--scenario", what)->check(CLI::IsMember({"commands", "get", "post"}));
  app.add_option("--path", o.path);
  app.add_option("--status", o.expected_status);
  app.add_option("--people-file", o.people_file);
  app.add_option("--skip", o.skip);
  app.add_option("--people", o.people);
  app.add_option("--location", o.location);
  app.add_option("--connections", o.connections)->check(CLI::Range(1, 4096));
  app.add_option("--rate", o.rate);
  app.add_option("--seconds", o.seconds)->check(CLI::Range(0.1, 600.0));
  app.add_option("--warm-up", o.warm_up);
  app.add_option("--count", o.count);
  app.add_flag("--once", o.once);
  app.add_option("--check-every", o.check_every)->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  o.what = what == "get" ? scenario::get : what == "post" ? scenario::post : scenario::commands;
  if (o.once)
    o.warm_up = 0;
  std::signal(SIGPIPE, SIG_IGN);
  try {
    runner load{o};
    auto result = load.run([](bool begins) {
      if (begins)
        std::cout << R"({"event":"begin"})" << std::endl;
    });
    std::cout << boost::json::serialize(as_json(result)) << std::endl;
    return result.wrong == 0 ? 0 : 3;
  } catch (const std::exception& e) {
    std::cerr << "musterd_load: " << e.what() << '\n';
    return 1;
  }
}
