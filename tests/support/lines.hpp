#pragma once

#include <sstream>
#include <string>
#include <vector>

namespace musterd::testing {

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> result;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);)
    result.push_back(line);
  return result;
}

}  // namespace musterd::testing
