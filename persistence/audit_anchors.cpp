#include "persistence/audit_anchors.hpp"

#include "common/json_read.hpp"
#include "persistence/dynamic_query.hpp"

#include <filesystem>
#include <fstream>

namespace musterd {
namespace {

struct anchor_line {
  timestamp seen_at{};
  tenant_uuid tenant_id;
  uuid chain_id;
  std::int64_t seq = 0;
  std::string hash;
};
BOOST_DESCRIBE_STRUCT(anchor_line, (), (seen_at, tenant_id, chain_id, seq, hash))

/// Chains of processes that ended long ago do not grow: they are looked at once, when this one starts.
constexpr auto heads = R"(
  SELECT c.tenant_id, c.chain_id, coalesce(e.chain_seq, 0), encode(coalesce(e.entry_hash, c.mac), 'hex')
  FROM audit.chain c LEFT JOIN LATERAL (
    SELECT chain_seq, entry_hash FROM audit.entry e WHERE e.tenant_id = c.tenant_id AND e.chain_id = c.chain_id
    ORDER BY chain_seq DESC LIMIT 1) e ON true
  WHERE $1::boolean OR c.opened_at > now() - interval '90 days')";

}  // namespace

std::map<uuid, chain_head> audit_anchors::read() const {
  std::map<uuid, chain_head> result;
  std::ifstream file{path_};
  for (std::string text; std::getline(file, text);) {
    auto line = from_json<anchor_line>(text);
    auto hash = line ? hash_from_hex(line->hash) : std::nullopt;
    if (!hash)
      continue;
    auto& known = result[line->chain_id];
    if (known.chain_id.is_nil() || line->seq >= known.seq)
      known = {line->tenant_id, line->chain_id, line->seq, *hash};
  }
  return result;
}

std::size_t audit_anchors::update(pqxx::transaction_base& tx) {
  if (path_.empty())
    return 0;
  bool first = !std::exchange(has_read_, true);
  if (first)
    for (const auto& [id, head] : read())
      written_[id] = head.seq;
  std::string lines;
  std::map<uuid, std::int64_t> grown;
  for (const auto& row : run_query(tx, heads, {first ? "true" : "false"})) {
    anchor_line line{wall_clock_now(),
                     {uuid::parse(row[0].c_str()).value()},
                     uuid::parse(row[1].c_str()).value(),
                     row[2].as<std::int64_t>(),
                     row[3].c_str()};
    auto known = written_.find(line.chain_id);
    if (known != written_.end() && known->second >= line.seq)
      continue;
    grown[line.chain_id] = line.seq;
    lines += to_json(line) + '\n';
  }
  if (lines.empty())
    return 0;
  std::ofstream file{path_, std::ios::app};
  if (first)  // behind a line that a crash cut short
    file << '\n';
  file << lines << std::flush;
  if (!file)
    throw std::ios_base::failure{"the anchor file " + path_ + " cannot be written"};
  std::filesystem::permissions(path_,
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  for (const auto& [id, seq] : grown)
    written_[id] = seq;
  return grown.size();
}

}  // namespace musterd
