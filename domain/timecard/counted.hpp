#pragma once

#include "domain/kernel/counted.hpp"

#include <array>

namespace musterd {

inline constexpr std::array counted_timecard_refusals{
    counted_refusals{"BREAK_ALREADY_IN_PROGRESS", "break_duplicate_prevented_total"},
};

}  // namespace musterd
