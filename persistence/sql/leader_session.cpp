#include "persistence/sql/leader_session.hpp"

#include <fmt/format.h>

namespace musterd {

std::string leader_settings(std::chrono::milliseconds longest_silence) {
  return fmt::format("SET idle_session_timeout = {}", longest_silence.count());
}

}  // namespace musterd
