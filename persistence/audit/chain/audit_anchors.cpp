#include "persistence/audit/chain/audit_anchors.hpp"

#include "common/json/json_read.hpp"
#include "common/observation/log.hpp"
#include "persistence/audit/chain/noted_months.hpp"
#include "persistence/sql/dynamic_query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <limits>

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

/// The placeholder takes `noted_months_sql`.
constexpr auto next_tails = R"(
  SELECT t.tenant_id, t.chain_id, {}, encode(substr(c.mac, 1, 33), 'hex')
  FROM audit.chain_tail t JOIN audit.chain c USING (tenant_id, chain_id)
  WHERE (t.tenant_id, t.chain_id) > ($1::uuid, $2::uuid) ORDER BY t.tenant_id, t.chain_id LIMIT $3::bigint)";

std::string line_of(const chain_head& head) {
  return to_json(anchor_line{wall_clock_now(), head.tenant, head.chain_id, head.seq, to_hex(head.hash)}) +
         '\n';
}

constexpr std::chrono::hours around{24};
constexpr std::int64_t asked_every = 1000;

/// The file's lines, in the order of their times, as written.
class anchor_lines {
 public:
  explicit anchor_lines(const std::string& path) : file_{path, std::ios::binary} {}

  /// nullopt after the last.
  std::optional<anchor_line> next() {
    while (file_) {
      file_.getline(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
      if (file_.fail() && !file_.eof() && file_.gcount() > 0) {  // longer than any of ours
        file_.clear();
        file_.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
        continue;
      }
      if (auto line = from_json<anchor_line>(buffer_.data()))
        return std::move(*line);
    }
    return std::nullopt;
  }
  /// By bisection, so that older lines cost nothing, however many.
  void skip_before(timestamp time) {
    std::streamoff older = 0, newer = file_.seekg(0, std::ios::end).tellg();
    while (newer - older > close_enough) {
      auto middle = older + (newer - older) / 2;
      begin_behind(middle);
      auto line = next();
      (line && line->seen_at < time ? older : newer) = middle;
    }
    begin_behind(older);
  }

 private:
  static constexpr std::streamoff close_enough = 64 * 1024;

  void begin_behind(std::streamoff place) {
    file_.clear();
    file_.seekg(place);
    if (place > 0)
      file_.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }

  std::ifstream file_;
  std::array<char, 1024> buffer_{};
};

}  // namespace

std::optional<std::map<uuid, chain_head>> audit_anchors::read(const audit_selection& of,
                                                              const std::function<bool()>& go_on) const {
  std::map<uuid, chain_head> result;
  anchor_lines lines{path_};
  if (of.date_from)
    lines.skip_before(*of.date_from - around);
  for (std::int64_t read = 0; auto line = lines.next(); ++read) {
    if (read % asked_every == 0 && !go_on())
      return std::nullopt;
    if (of.date_to && line->seen_at > *of.date_to + around)
      break;
    auto hash = hash_from_hex(line->hash);
    if (!hash || (of.tenant && line->tenant_id != *of.tenant) ||
        (of.date_from && line->seen_at < *of.date_from - around))
      continue;
    auto& known = result[line->chain_id];
    if (known.chain_id.is_nil() || line->seq >= known.seq)
      known = {line->tenant_id, line->chain_id, line->seq, *hash};
  }
  return result;
}

void audit_anchors::note(const chain_head& head) {
  if (path_.empty())
    return;
  std::lock_guard lock{noting_};
  if (noted_.insert_or_assign(head.chain_id, head).second)
    waiting_.push_back(head.chain_id);
}

std::size_t audit_anchors::write_noted(std::size_t most) {
  std::lock_guard alone{writing_noted_};
  std::vector<chain_head> heads;
  {
    std::lock_guard lock{noting_};
    auto count = std::min(most, waiting_.size());
    for (std::size_t i = 0; i < count; ++i)
      heads.push_back(noted_.at(waiting_[i]));
  }
  if (heads.empty())
    return 0;
  std::string lines;
  for (const auto& head : heads)
    lines += line_of(head);
  write(lines);
  std::lock_guard lock{noting_};
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(heads.size()));
  for (const auto& head : heads) {
    auto known = noted_.find(head.chain_id);
    if (known->second.seq == head.seq)
      noted_.erase(known);
    else
      waiting_.push_back(head.chain_id);  // it has grown meanwhile
  }
  return heads.size();
}

std::size_t audit_anchors::unwritten() const {
  std::lock_guard lock{noting_};
  return waiting_.size();
}

std::size_t audit_anchors::update(pqxx::transaction_base& tx) {
  if (path_.empty())
    return 0;
  static const auto sql = fmt::format(next_tails, noted_months_sql);
  auto rows = run_query(tx, sql, {to_string(tenant_), to_string(chain_), std::to_string(chains_at_once)});
  std::vector<chain_place> places;
  std::vector<chain_head> ends;
  std::size_t not_ours = 0;
  for (const auto& row : rows) {
    tenant_uuid tenant{uuid::parse(row[0].c_str()).value()};
    auto chain = uuid::parse(row[1].c_str()).value();
    auto where = noted_months(row[2].c_str());
    if (!where)
      ++not_ours;
    places.push_back({tenant, chain, where.value_or(std::vector<audit_month>{})});
    add_recent(places.back().months, wall_clock_now());
    ends.push_back({tenant, chain, 0, hash_from_hex(row[3].c_str()).value_or(chain_hash{})});
  }
  if (not_ours > 0)
    log::error({"audit", "tail_changed"}, "{} rows of audit.chain_tail are not what any writer notes",
               not_ours);
  auto heads = find_heads(tx, places, [](const audit_month& month, const std::exception& e) {
    log::error({"audit", "month_not_anchored"}, "{}: {}", month, e.what());
  });
  std::string lines;
  std::size_t grown = 0;
  for (auto& end : ends) {
    if (auto found = heads.find(end.chain_id); found != heads.end())
      end = found->second;
    auto known = written_.find(end.chain_id);
    if (known != written_.end() && known->second >= end.seq)
      continue;
    lines += line_of(end);
    ++grown;
  }
  if (grown > 0)
    write(lines);
  for (const auto& end : ends)
    this_round_[end.chain_id] = end.seq;
  if (ends.size() == chains_at_once) {
    tenant_ = ends.back().tenant;
    chain_ = ends.back().chain_id;
  } else {
    tenant_ = {};
    chain_ = {};
    written_ = std::exchange(this_round_, {});
  }
  return grown;
}

void audit_anchors::write(const std::string& lines) {
  std::lock_guard lock{writing_};
  std::ofstream file{path_, std::ios::app};
  if (!has_written_)  // a crash may have cut the last line short
    file << '\n';
  file << lines << std::flush;
  if (!file)
    throw std::ios_base::failure{"the anchor file " + path_ + " cannot be written"};
  has_written_ = true;
  std::filesystem::permissions(path_,
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

}  // namespace musterd
