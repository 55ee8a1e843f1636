#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace musterd {

/// A metric family, declared once, in `metric_families()`.
struct metric_family {
  enum class kind { counter, gauge, histogram };
  std::string_view name;
  kind what;
  std::string_view help;
  /// Label names, in the order of their values.
  std::vector<std::string> labels;
  std::vector<double> buckets = {};
};

const std::vector<metric_family>& metric_families();

/// All metrics of one server. Undeclared names are bugs and throw std::out_of_range. Thread-safe and cheap
/// enough for every request; references stay valid.
class metrics {
 public:
  using label_values = std::vector<std::string>;

  metrics();
  prometheus::Counter& counter(std::string_view name, const label_values& values = {});
  prometheus::Gauge& gauge(std::string_view name, const label_values& values = {});
  prometheus::Histogram& histogram(std::string_view name, const label_values& values = {});

  /// `fill` runs before every scrape, to copy figures kept elsewhere into gauges and counters.
  void on_collect(std::function<void()> fill);
  /// Raises a counter that is counted elsewhere to `total`.
  void count_up_to(std::string_view name, const label_values& values, double total);
  /// The exposition text.
  std::string text();

 private:
  using labels = std::map<std::string, std::string>;
  static labels name_labels(const metric_family& family, const label_values& values);
  /// prometheus-cpp looks up a series by building a map of labels under a lock; we use one string.
  template <class Metric, class Make>
  Metric& find_or_make(std::unordered_map<std::string, Metric*>& known, std::string_view name,
                       const label_values& values, Make&& make);

  prometheus::Registry registry_;
  std::unordered_map<std::string_view, prometheus::Family<prometheus::Counter>*> counters_;
  std::unordered_map<std::string_view, prometheus::Family<prometheus::Gauge>*> gauges_;
  std::unordered_map<std::string_view, prometheus::Family<prometheus::Histogram>*> histograms_;
  std::unordered_map<std::string_view, const metric_family*> declared_;
  std::shared_mutex known_mutex_;
  std::unordered_map<std::string, prometheus::Counter*> known_counters_;
  std::unordered_map<std::string, prometheus::Histogram*> known_histograms_;
  std::mutex collecting_;
  std::vector<std::function<void()>> fills_;
};

}  // namespace musterd
