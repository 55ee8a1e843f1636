#include "persistence/audit/chain/chain_writer.hpp"

#include "common/observation/log.hpp"
#include "persistence/audit/chain/opening_search.hpp"
#include "persistence/audit/chain_report.hpp"
#include "persistence/audit/entry_redaction.hpp"

#include <algorithm>
#include <ranges>

namespace musterd {
namespace {

/// Columns of an entry's category and time (domain/audit/audit.hpp, after tenant and id).
constexpr std::size_t category_column = 2, occurred_at_column = 4;

/// Entries from other domains may be of any month; a chain's end is searched in no more months than these.
constexpr std::size_t months_noted = 6;

/// Foreign openings reported per batch: a forger may make many.
constexpr std::size_t openings_reported = 4;

tenant_uuid tenant_of(const row_write& row) {
  return {uuid::parse(row.element(0)).value()};
}

bool contains(const std::vector<audit_month>& months, std::string_view month) {
  return std::find(months.begin(), months.end(), month) != months.end();
}

void add_months(std::vector<audit_month>& months, const std::vector<audit_month>& wanted) {
  for (const auto& month : wanted)
    if (!contains(months, month))
      months.push_back(month);
}

}  // namespace

void chain_writer::connected() {
  owner_.reset();
  lost();
}

chain_head chain_writer::open_behind(pqxx::connection& db, tenant_uuid tenant, const audit_month& month) {
  if (!owner_) {
    pqxx::nontransaction session{db};
    owner_.emplace(session);
  }
  pqxx::work tx{db};
  auto recalled = memory_->recall(tx, tenant);
  auto not_ours = find_openings(tx, key_, tenant).others;
  for (const auto& opening : not_ours | std::views::take(openings_reported))
    recalled.differences.push_back({{tenant, opening.chain_id, 0, {}}, opening});
  auto opened = musterd::open_chain(tx, key_, *owner_, tenant, month, recalled.heads);
  tx.commit();
  memory_->opened(opened, recalled);
  log::info({"audit", "chain_opened"}, "{} of tenant {}", to_string(opened.chain_id), to_string(tenant));
  for (const auto& what : recalled.differences)
    log::error({"audit", "chain_differs"}, "tenant {}: {}", to_string(tenant), described(what));
  return opened;
}

chain_writer::draft& chain_writer::draft_of(pqxx::connection& db, tenant_uuid tenant,
                                            const audit_month& month) {
  auto known = chains_.find(tenant);
  if (known == chains_.end())
    known = chains_.emplace(tenant, open_chain{open_behind(db, tenant, month), {}, {month}}).first;
  return drafts_.emplace(tenant, draft{known->second.head, {}}).first->second;
}

/// Before the batch, so that a search for the chain's end cannot miss an entry.
void chain_writer::note_new_months(pqxx::connection& db) {
  for (const auto& [tenant, batch] : drafts_) {
    auto& chain = chains_.at(tenant);
    auto wanted = chain.noted;
    add_months(wanted, batch.months);
    if (wanted.size() == chain.noted.size())
      continue;
    if (wanted.size() > months_noted) {
      wanted = batch.months;
      if (!chain.month.empty())
        add_months(wanted, {chain.month});
    }
    pqxx::work tx{db};
    note_months(tx, {tenant, chain.head.chain_id, wanted});
    tx.commit();
    chain.noted = std::move(wanted);
  }
}

void chain_writer::link_to(draft& to, const row_write& entry, std::vector<const row_write*>& writes) {
  auto month = month_of(entry.element(occurred_at_column));
  if (to.months.empty() || to.months.back() != month) {
    std::erase(to.months, month);
    to.months.push_back(month);
  }
  auto clean = without_secrets(entry);
  writes.push_back(&linked_.emplace_back(link_entry(key_, to.head, clean ? *clean : entry)));
}

/// Together with the first batch after a difference, so that both are there or neither.
void chain_writer::add_reports(draft& to, tenant_uuid tenant, std::vector<const row_write*>& writes) {
  for (const auto& what : memory_->unreported(tenant)) {
    for (auto& row : report_of(what, wall_clock_now()))
      if (&row.table() == &spec_of<audit_entry>())
        link_to(to, row, writes);
      else
        writes.push_back(&reports_.emplace_back(std::move(row)));
    ++alerts_in_batch_;
  }
}

void chain_writer::add_entry(pqxx::connection& db, const row_write& entry,
                             std::vector<const row_write*>& writes) {
  auto tenant = tenant_of(entry);
  auto known = drafts_.find(tenant);
  if (known != drafts_.end())
    return link_to(known->second, entry, writes);
  auto& draft = draft_of(db, tenant, month_of(entry.element(occurred_at_column)));
  add_reports(draft, tenant, writes);
  link_to(draft, entry, writes);
}

std::vector<const row_write*> chain_writer::link(pqxx::connection& db,
                                                 std::span<const commit_unit* const> units) {
  linked_.clear();
  reports_.clear();
  drafts_.clear();
  alerts_in_batch_ = 0;
  std::vector<const row_write*> writes;
  for (const auto* unit : units)
    for (const auto& write : unit->writes)
      if (&write.table() == &spec_of<audit_entry>())
        add_entry(db, write, writes);
      else
        writes.push_back(&write);
  note_new_months(db);
  for (const auto& [tenant, batch] : drafts_)
    memory_->promise(batch.head, chains_.at(tenant).noted);
  return writes;
}

void chain_writer::committed() {
  for (auto& [tenant, batch] : drafts_) {
    auto& chain = chains_.at(tenant);
    chain.head = batch.head;
    chain.month = batch.months.back();
    memory_->committed(tenant);
  }
  for (const auto& row : linked_)
    ++counts_[std::string{row.element(category_column)}];
  alerts_ += std::exchange(alerts_in_batch_, 0);
  drafts_.clear();
  linked_.clear();
}

void chain_writer::rolled_back() {
  for (const auto& [tenant, batch] : drafts_)
    memory_->rolled_back(tenant);
  drafts_.clear();
}

void chain_writer::lost() {
  drafts_.clear();
  chains_.clear();
}

}  // namespace musterd
