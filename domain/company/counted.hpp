#pragma once

#include "domain/company/commands.hpp"
#include "domain/kernel/counted.hpp"

#include <array>

namespace musterd {

/// G-MET-4, G-MET-5
inline constexpr std::array counted_company_answers{
    counted_answers{create_role::name, "security_role_mutations_total", "create"},
    counted_answers{update_role::name, "security_role_mutations_total", "update"},
    counted_answers{grant_permission::name, "security_role_permission_mutations_total", "grant"},
    counted_answers{revoke_permission::name, "security_role_permission_mutations_total", "revoke"},
    counted_answers{replace_permissions::name, "security_role_permission_mutations_total", "replace"},
};

}  // namespace musterd
