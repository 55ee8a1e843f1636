#include "persistence/chain_writer.hpp"

#include "common/log.hpp"

#include <algorithm>

namespace musterd {
namespace {

/// Where an entry's row says which category it is of and when it happened (domain/audit.hpp, behind the
/// tenant and the id).
constexpr std::size_t category_column = 2, occurred_at_column = 4;

/// What comes from other domains may be of any month; a chain's end is looked for in no more than these.
constexpr std::size_t months_noted = 6;

tenant_uuid tenant_of(const row_write& row) {
  return {uuid::parse(row.element(0)).value()};
}

bool contains(const std::vector<audit_month>& months, std::string_view month) {
  return std::find(months.begin(), months.end(), month) != months.end();
}

void add_missing(std::vector<audit_month>& months, const std::vector<audit_month>& wanted) {
  for (const auto& month : wanted)
    if (!contains(months, month))
      months.push_back(month);
}

}  // namespace

void chain_writer::connected() {
  owner_.reset();
  lost();
}

chain_writer::draft& chain_writer::draft_of(pqxx::connection& db, tenant_uuid tenant,
                                            const audit_month& month) {
  auto known = chains_.find(tenant);
  if (known == chains_.end()) {
    if (!owner_) {
      pqxx::nontransaction session{db};
      owner_.emplace(session);
    }
    pqxx::work tx{db};
    auto opened = musterd::open_chain(tx, key_, *owner_, tenant, month);
    tx.commit();
    known = chains_.emplace(tenant, open_chain{opened, {}, {month}}).first;
    log::info({"audit", "chain_opened"}, "{} of tenant {}", to_string(opened.chain_id), to_string(tenant));
  }
  return drafts_.emplace(tenant, draft{known->second.head, {}}).first->second;
}

/// Before the batch: whoever looks for the end of a chain must not miss an entry.
void chain_writer::note_new_months(pqxx::connection& db) {
  for (const auto& [tenant, batch] : drafts_) {
    auto& chain = chains_.at(tenant);
    auto wanted = chain.noted;
    add_missing(wanted, batch.months);
    if (wanted.size() == chain.noted.size())
      continue;
    if (wanted.size() > months_noted) {
      wanted = batch.months;
      if (!chain.month.empty())
        add_missing(wanted, {chain.month});
    }
    pqxx::work tx{db};
    note_months(tx, {tenant, chain.head.chain_id, wanted});
    tx.commit();
    chain.noted = std::move(wanted);
  }
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
      auto month = month_of(write.element(occurred_at_column));
      auto known = drafts_.find(tenant);
      auto& of = known == drafts_.end() ? draft_of(db, tenant, month) : known->second;
      if (of.months.empty() || of.months.back() != month) {
        std::erase(of.months, month);
        of.months.push_back(month);
      }
      writes.push_back(&linked_.emplace_back(link_entry(key_, of.head, write)));
    }
  note_new_months(db);
  return writes;
}

void chain_writer::committed() {
  for (auto& [tenant, batch] : drafts_) {
    auto& chain = chains_.at(tenant);
    chain.head = batch.head;
    chain.month = batch.months.back();
  }
  for (const auto& row : linked_)
    ++counts_[std::string{row.element(category_column)}];
  drafts_.clear();
  linked_.clear();
}

void chain_writer::lost() {
  drafts_.clear();
  chains_.clear();
}

}  // namespace musterd
