#include "persistence/jobs/erasure_claims.hpp"

#include "common/json/json_read.hpp"

#include <fmt/format.h>

namespace musterd {
namespace {

constexpr std::string_view person_erased = "PERSON_ERASED", origins_purged = "AUDIT_ORIGINS_PURGED";

/// Of the details of both.
struct claim_details {
  std::optional<uuid> person_id, user_id;
  std::optional<timestamp> before;
};

claim_details details_of(const stored_entry& entry) {
  claim_details result;
  auto document = parse_json(entry.entry.details.text);
  const auto* object = document ? document->if_object() : nullptr;
  auto text = [object](std::string_view name) {
    const auto* found = object ? object->if_contains(name) : nullptr;
    return found && found->is_string() ? std::string_view{found->get_string()} : std::string_view{};
  };
  result.person_id = uuid::parse(text("personId"));
  result.user_id = uuid::parse(text("userId"));
  result.before = parse_timestamp(text("before"));
  return result;
}

/// The hash before is the opening's, or that of the entry before, by the index of chains.
constexpr auto claims_sql = R"(
  SELECT {}, CASE WHEN e.chain_seq = 1
    THEN (SELECT encode(c.mac, 'hex') FROM audit.chain c
      WHERE c.tenant_id = e.tenant_id AND c.chain_id = e.chain_id)
    ELSE (SELECT encode(b.entry_hash, 'hex') FROM audit.entry b
      WHERE b.tenant_id = e.tenant_id AND b.chain_id = e.chain_id AND b.chain_seq = e.chain_seq - 1 LIMIT 1)
    END
  FROM audit.entry e
  WHERE {} AND e.event_type IN ('{}', '{}') AND e.chain_id IS NOT NULL)";

}  // namespace

void erasure_claims::claimed::add(const stored_entry& entry) {
  auto tenant = entry.tenant.value;
  auto details = details_of(entry);
  if (entry.entry.event_type == person_erased) {
    for (const auto& id : {details.person_id, details.user_id})
      if (id)
        erased.emplace(tenant, *id);
  } else if (details.before) {
    auto& before = origins_before.try_emplace(tenant, *details.before).first->second;
    before = std::max(before, *details.before);
  }
}

bool erasure_claims::claimed::covers(const stored_entry& of, const checked_value& gone) const {
  auto purged = origins_before.find(of.tenant.value);
  return erased.contains({of.tenant.value, gone.owner_id}) ||
         (is_origin(gone.field) && purged != origins_before.end() && of.entry.occurred_at < purged->second);
}

bool erasure_claims::is_ours(const stored_entry& entry, const text_row& row) const {
  auto before = hash_from_hex(row.back().value_or(""));
  return before && hash_of(key_, {entry.tenant, entry.chain_id, entry.chain_seq - 1, *before},
                           write_row(entry.tenant, entry.entry)) == entry.entry_hash;
}

void erasure_claims::read(trail_query& trail) {
  trail.each(
      fmt::format(claims_sql, stored_entry_columns(), trail.of_tenant("e"), person_erased, origins_purged),
      {trail.tenant()}, [this](const text_row& row) {
        if (auto entry = read_entry(row))
          (is_ours(*entry, row) ? believed_ : refused_).add(*entry);
      });
}

bool erasure_claims::excuse(const stored_entry& of, const checked_value& gone) const {
  return believed_.covers(of, gone);
}

bool erasure_claims::is_claimed_falsely(const stored_entry& of, const checked_value& gone) const {
  return !believed_.covers(of, gone) && refused_.covers(of, gone);
}

}  // namespace musterd
