#pragma once

#include <string_view>

/// Metrics that stories want of an aggregate's commands, besides those of every command. Each aggregate has
/// its own `counted.hpp`.
namespace musterd {

struct counted_answers {
  std::string_view command;
  /// Labels: type and outcome (success or failure).
  std::string_view metric;
  std::string_view type;
};

struct counted_refusals {
  std::string_view code;
  /// Without labels.
  std::string_view metric;
};

}  // namespace musterd
