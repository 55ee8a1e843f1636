#pragma once

#include <chrono>
#include <string>

namespace musterd {

/// SQL for a session whose advisory lock makes its server the leader. A frozen server keeps its sessions and
/// locks, so the database ends a session idle for `longest_silence`, and another server leads; the frozen one
/// notices at its next query. So a leader must never pause longer than this between queries.
std::string leader_settings(std::chrono::milliseconds longest_silence);

/// For leaders that query every second.
inline constexpr std::chrono::seconds usual_leader_silence{30};

}  // namespace musterd
