#pragma once

#include "tests/http/time/stage.hpp"
#include "tests/support/deadline.hpp"

#include <algorithm>
#include <fstream>

namespace musterd::testing {

/// The lines of a server's log that contain all of `texts`, read anew each time.
inline std::vector<boost::json::value> logged(const test_server& by, const std::vector<std::string>& texts) {
  std::vector<boost::json::value> result;
  std::ifstream log{by.log()};
  for (std::string line; std::getline(log, line);)
    if (line.ends_with('}') && std::all_of(texts.begin(), texts.end(), [&](const auto& text) {
          return line.find(text) != std::string::npos;
        }))
      result.push_back(boost::json::parse(line));
  return result;
}
inline std::vector<boost::json::value> logged(company_server& by, const std::vector<std::string>& texts) {
  return logged(by.process(), texts);
}

/// The same, once there are any: the log is written with a delay.
inline std::vector<boost::json::value> soon_logged(company_server& by,
                                                   std::initializer_list<std::string> texts) {
  std::vector<boost::json::value> result;
  becomes_true(patience, [&] { return !(result = logged(by, texts)).empty(); });
  return result;
}

}  // namespace musterd::testing
