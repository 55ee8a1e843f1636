#include "tests/pg/audit/audit_rows.hpp"

#include <filesystem>

namespace musterd::testing {

audit_entry entry_of(std::string type, audit_category category) {
  audit_entry entry;
  entry.entry_id = audit_entry_uuid::generate();
  entry.category = category;
  entry.event_type = std::move(type);
  entry.occurred_at = wall_clock_now();
  entry.actor_id = uuid::generate();
  entry.subject_type = "Break";
  entry.subject_id = uuid::generate();
  entry.reason_code = "a \"quoted\" reason \\ with {braces}, ünïcode";
  entry.correlation_id = "c";
  entry.details.text = R"({ "before":{"status":"OPEN"},  "after":{"status":"CLOSED"} })";
  entry.refs = {"order:4711", "payment:a,\"b\""};
  return entry;
}

std::map<uuid, chain_head> all_of(const audit_anchors& anchors) {
  return anchors.read({}).value();
}

audited_company::audited_company() {
  auto path = (std::filesystem::temp_directory_path() / "musterd-anchors-XXXXXX").string();
  if (::mkdtemp(path.data()) == nullptr)
    throw std::runtime_error{"no temporary folder"};
  anchor_file = path + "/anchors";
}

audited_company::~audited_company() {
  std::filesystem::remove_all(std::filesystem::path{anchor_file}.parent_path());
}

void audited_company::write_chain(int entries) {
  auto one = writer();
  for (int i = 0; i < entries; ++i)
    if (auto code = commit_one(one, unit_of(rows.tenant, entry_of())); code != "ok")
      throw std::runtime_error{code};
}

void audited_company::end_sessions() {
  end_other_clients(rows.db());
}

void audited_company::tamper(const std::string& sql) {
  pqxx::work tx{rows.db()};
  auto triggers = [&](const std::string& state) {
    for (const auto& table : tx.exec("SELECT relid FROM pg_partition_tree('audit.entry') UNION ALL VALUES "
                                     "('audit.chain'::regclass), ('audit.chain_link')"))
      tx.exec(fmt::format("ALTER TABLE {} {} TRIGGER USER", table[0].c_str(), state));
  };
  triggers("DISABLE");
  tx.exec(sql);
  triggers("ENABLE");
  tx.commit();
}

void audited_company::anchor() {
  pqxx::nontransaction tx{rows.db()};
  audit_anchors{anchor_file}.update(tx);
}

audit_verification audited_company::verify(audit_selection selection) const {
  return verify_audit(rows.url(), key, audit_anchors{anchor_file}, selection).value();
}

std::string audited_company::findings(audit_selection selection) const {
  std::string result;
  for (const auto& p : verify(selection).problems)
    result += fmt::format("{}{} {}", result.empty() ? "" : ", ", enum_name(p.kind), p.seq);
  return result;
}

}  // namespace musterd::testing
