#pragma once

#include "domain/kernel/commit.hpp"

#include <pqxx/pqxx>

namespace musterd {

/// The first answer to a request with this Idempotency-Key, if still kept (at least 24 hours).
std::optional<stored_answer> find_stored_answer(pqxx::transaction_base& tx, const request_context& ctx);

}  // namespace musterd
