#include "persistence/journal/stored_answers.hpp"

#include "persistence/sql/pages/rows_as_json.hpp"
#include "persistence/sql/statement.hpp"

namespace musterd {
namespace {

const statement stored_answer_by_key{"stored_answer_by_key", R"(
  SELECT to_jsonb(k) - 'tenant_id' FROM journal.idempotency_key k WHERE tenant_id = $1 AND actor = $2 AND key = $3)"};

}  // namespace

std::optional<stored_answer> find_stored_answer(pqxx::transaction_base& tx, const request_context& ctx) {
  auto rows = stored_answer_by_key.run(tx, to_string(ctx.tenant), to_string(ctx.actor), *ctx.idempotency_key);
  return rows.empty() ? std::nullopt
                      : std::optional{value_from_row<stored_answer>(rows[0][0].as<std::string>())};
}

}  // namespace musterd
