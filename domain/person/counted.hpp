#pragma once

#include "domain/kernel/counted.hpp"
#include "domain/person/commands.hpp"

#include <array>

namespace musterd {

/// G-MET-6
inline constexpr std::array counted_person_answers{
    counted_answers{assign_role::name, "security_principal_role_mutations_total", "assign"},
    counted_answers{change_assignment::name, "security_principal_role_mutations_total", "change"},
    counted_answers{end_assignment::name, "security_principal_role_mutations_total", "revoke"},
};

inline constexpr std::array counted_person_refusals{
    counted_refusals{placement_overlap.code, "assignment_overlap_rejected_total"},
    counted_refusals{primary_overlap.code, "assignment_overlap_rejected_total"},
};

}  // namespace musterd
