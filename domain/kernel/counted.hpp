#pragma once

#include <string_view>

/// What stories want counted of an aggregate's commands, beyond what is counted of all. Each aggregate has
/// its own in `counted.hpp`.
namespace musterd {

struct counted_answers {
  std::string_view command;
  /// Its labels are type and outcome: success or failure.
  std::string_view metric;
  std::string_view type;
};

struct counted_refusals {
  std::string_view code;
  /// Without labels.
  std::string_view metric;
};

}  // namespace musterd
