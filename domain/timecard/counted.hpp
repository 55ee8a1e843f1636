#pragma once

#include "domain/kernel/counted.hpp"
#include "domain/timecard/faults.hpp"

#include <array>

namespace musterd {

inline constexpr std::array counted_timecard_refusals{
    counted_refusals{break_already_in_progress.code, "break_duplicate_prevented_total"},
};

}  // namespace musterd
