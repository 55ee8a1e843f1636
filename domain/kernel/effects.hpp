#pragma once

#include "common/observation/log.hpp"
#include "domain/audit/audit.hpp"
#include "domain/kernel/outgoing_event.hpp"

#include <vector>

namespace musterd {

/// A metric or log line for operators, emitted after the commit.
struct signal {
  /// A counter declared in common/observation/metrics.cpp, with at most one label; may be empty.
  std::string_view metric;
  std::string_view label_value;
  /// If not empty, a line with this event id and text is logged.
  std::string log_event;
  std::string log_text;
  log::level level = log::level::info;
};

/// Everything a decision writes in one transaction (rows, audit entries, outgoing events), and what it
/// counts.
struct effects {
  std::vector<row_write> writes;
  std::vector<signal> signals;

  void count(std::string_view metric, std::string_view label_value = {}) {
    signals.push_back({metric, label_value, {}, {}, log::level::info});
  }

  void log(std::string event, std::string text, log::level level = log::level::info) {
    signals.push_back({{}, {}, std::move(event), std::move(text), level});
  }

  template <class Row>
  void write(tenant_uuid tenant, const Row& row) {
    writes.push_back(write_row(tenant, row));
  }
};

}  // namespace musterd
