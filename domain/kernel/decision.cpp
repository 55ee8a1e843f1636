#include "domain/kernel/decision.hpp"

#include "domain/person/faults.hpp"

#include <algorithm>

namespace musterd {

bool is_announced(const fault& f, std::span<const known_fault> named) {
  auto is_this = [&f](const auto& k) { return k.kind == f.kind && k.code == f.code; };
  return std::ranges::any_of(named, is_this) || http_status(f.kind) >= 500 ||
         is_this(validation_failed({})) || is_this(access_denied()) || is_this(account_disabled);
}

}  // namespace musterd
