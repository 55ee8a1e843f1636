#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace musterd {

class setting_list;

/// `[reads]`, and limits that are not configurable.
struct read_pool_settings {
  std::string database_url;
  std::size_t command_threads = 3;
  std::size_t list_threads = 2;
  std::size_t max_waiting = 4096;
  std::size_t max_waiting_lists = 256;
  std::chrono::milliseconds deadline{5000};
};

void describe(setting_list& on, read_pool_settings& s);

}  // namespace musterd
