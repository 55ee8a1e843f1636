#pragma once

#include <chrono>
#include <string>

namespace musterd {

/// SQL for a session whose advisory lock says who leads. A server that is frozen keeps its sessions, and the
/// locks with them; so the database ends one that asks nothing for so long, and another server leads. The
/// frozen one finds its session gone when it asks again. Between two questions a leader must therefore never
/// be busy elsewhere for longer.
std::string leader_settings(std::chrono::milliseconds longest_silence);

/// For those that ask every second.
inline constexpr std::chrono::seconds usual_leader_silence{30};

}  // namespace musterd
