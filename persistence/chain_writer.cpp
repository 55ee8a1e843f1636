#include "persistence/chain_writer.hpp"

#include "common/log.hpp"
#include "persistence/dynamic_query.hpp"

namespace musterd {
namespace {

/// Heads that an earlier opening has named already are held by that opening's own chain.
constexpr auto heads_to_name = R"(
  SELECT c.chain_id, coalesce(e.chain_seq, 0), encode(coalesce(e.entry_hash, c.mac), 'hex')
  FROM audit.chain c LEFT JOIN LATERAL (
    SELECT chain_seq, entry_hash FROM audit.entry e WHERE e.tenant_id = c.tenant_id AND e.chain_id = c.chain_id
    ORDER BY chain_seq DESC LIMIT 1) e ON true
  WHERE c.tenant_id = $1::uuid AND NOT EXISTS (
    SELECT FROM audit.chain_link l
    WHERE l.tenant_id = c.tenant_id AND l.earlier_chain_id = c.chain_id AND l.seq = coalesce(e.chain_seq, 0))
  ORDER BY c.chain_id)";

/// Where an entry's row says which category it is of (domain/audit.hpp, behind the tenant and the id).
constexpr std::size_t category_column = 2;

tenant_uuid tenant_of(const row_write& row) {
  return {uuid::parse(row.element(0)).value()};
}

}  // namespace

chain_head open_chain(pqxx::transaction_base& tx, const audit_key& key, tenant_uuid tenant) {
  chain_opening opening{tenant, uuid::generate(), wall_clock_now(), {}};
  for (const auto& row : run_query(tx, heads_to_name, {to_string(tenant)}))
    opening.earlier.push_back({tenant, uuid::parse(row[0].c_str()).value(), row[1].as<std::int64_t>(),
                               hash_from_hex(row[2].c_str()).value()});
  auto hash = hash_of(key, opening);
  auto tenant_text = to_string(tenant), id = to_string(opening.chain_id);
  run_query(tx,
            "INSERT INTO audit.chain (tenant_id, chain_id, opened_at, mac) VALUES ($1::uuid, $2::uuid, "
            "$3::timestamptz, $4::bytea)",
            {tenant_text, id, to_string(opening.opened_at), bytea_of(hash)});
  for (const auto& head : opening.earlier)
    run_query(
        tx,
        "INSERT INTO audit.chain_link (tenant_id, chain_id, earlier_chain_id, seq, hash) VALUES ($1::uuid, "
        "$2::uuid, $3::uuid, $4::bigint, $5::bytea)",
        {tenant_text, id, to_string(head.chain_id), std::to_string(head.seq), bytea_of(head.hash)});
  return {tenant, opening.chain_id, 0, hash};
}

std::vector<const row_write*> chain_writer::link(pqxx::connection& db,
                                                 std::span<const commit_unit* const> units) {
  linked_.clear();
  drafts_.clear();
  std::vector<const row_write*> writes;
  for (const auto* unit : units)
    for (const auto& write : unit->writes) {
      if (&write.table() != &spec_of<audit_entry>()) {
        writes.push_back(&write);
        continue;
      }
      auto tenant = tenant_of(write);
      auto draft = drafts_.find(tenant);
      if (draft == drafts_.end()) {
        auto known = heads_.find(tenant);
        if (known == heads_.end()) {
          pqxx::work tx{db};
          auto opened = open_chain(tx, key_, tenant);
          tx.commit();
          known = heads_.emplace(tenant, opened).first;
          log::info({"audit", "chain_opened"}, "{} of tenant {}", to_string(opened.chain_id),
                    to_string(tenant));
        }
        draft = drafts_.emplace(tenant, known->second).first;
      }
      writes.push_back(&linked_.emplace_back(link_entry(key_, draft->second, write)));
    }
  return writes;
}

void chain_writer::committed() {
  for (const auto& [tenant, head] : drafts_)
    heads_[tenant] = head;
  for (const auto& row : linked_)
    ++counts_[std::string{row.element(category_column)}];
  drafts_.clear();
  linked_.clear();
}

void chain_writer::lost() {
  drafts_.clear();
  heads_.clear();
}

}  // namespace musterd
