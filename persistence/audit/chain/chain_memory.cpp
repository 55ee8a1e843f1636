#include "persistence/audit/chain/chain_memory.hpp"

#include <algorithm>

namespace musterd {
namespace {

/// Before its first entry a chain has nothing to miss: its opening may be lost with the database.
bool is_same(const chain_head& a, const chain_head& b) {
  return a.seq == b.seq && (a.seq == 0 || a.hash == b.hash);
}

}  // namespace

std::optional<chain_difference> difference(const remembered_end& end,
                                           const std::optional<chain_head>& found) {
  const auto& [known, in_doubt, months] = end;
  auto here = found.value_or(chain_head{known.tenant, known.chain_id, 0, {}});
  if (is_same(here, known) || (in_doubt && is_same(here, *in_doubt)))
    return std::nullopt;
  return chain_difference{in_doubt && here.seq > known.seq ? *in_doubt : known, here};
}

chain_memory::recollection chain_memory::recall(pqxx::transaction_base& tx, tenant_uuid tenant) {
  recollection result;
  auto known = tenants_.find(tenant);
  if (known == tenants_.end())
    return result;
  auto& ends = known->second.ends;
  std::vector<chain_place> places;
  for (const auto& end : ends)
    if (end.known.seq > 0 || end.in_doubt)
      places.push_back({tenant, end.known.chain_id, end.months});
  auto heads = find_heads(tx, places);
  for (auto& end : ends) {
    auto head = heads.find(end.known.chain_id);
    auto found = head == heads.end() ? std::nullopt : std::optional{head->second};
    if (auto differs = difference(end, found)) {
      result.heads.push_back(differs->expected);
      result.differences.push_back(*differs);
      continue;
    }
    if (!found)
      continue;
    if (end.in_doubt && is_same(*found, *end.in_doubt))
      result = {};  // it was committed after all, and so were the reports due until then
    result.heads.push_back(*found);
  }
  return result;
}

void chain_memory::opened(const chain_head& head, const recollection& before) {
  auto& of = tenants_[head.tenant];
  std::vector<remembered_end> ends;
  for (const auto& known : before.heads) {
    auto end = std::ranges::find(of.ends, known.chain_id, [](const auto& e) { return e.known.chain_id; });
    ends.push_back({known, {}, std::move(end->months)});
  }
  ends.push_back({head, {}, {}});
  of = {std::move(ends), before.differences};
}

void chain_memory::promise(const chain_head& head, std::vector<audit_month> months) {
  auto& end = tenants_.at(head.tenant).ends.back();
  end.in_doubt = head;
  end.months = std::move(months);
}

void chain_memory::committed(tenant_uuid tenant) {
  auto& of = tenants_.at(tenant);
  of.ends.erase(of.ends.begin(), of.ends.end() - 1);
  of.unreported.clear();
  auto& end = of.ends.back();
  end.known = *std::exchange(end.in_doubt, std::nullopt);
  if (grown_)
    grown_(end.known);
}

void chain_memory::rolled_back(tenant_uuid tenant) {
  tenants_.at(tenant).ends.back().in_doubt.reset();
}

std::span<const chain_difference> chain_memory::unreported(tenant_uuid tenant) const {
  auto known = tenants_.find(tenant);
  return known == tenants_.end() ? std::span<const chain_difference>{} : known->second.unreported;
}

}  // namespace musterd
