#pragma once

#include "persistence/audit/audit_selection.hpp"
#include "persistence/audit/chain/audit_chain.hpp"

#include <pqxx/transaction_base>

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <unordered_map>

namespace musterd {

/// A file outside the database that remembers where each chain ended when last seen. Only this reveals a tail
/// cut off a chain that none follows yet. `note` and `write_noted` are for any thread, `update` for one.
class audit_anchors {
 public:
  /// With an empty path nothing is remembered.
  explicit audit_anchors(std::string path) : path_{std::move(path)} {}

  /// The last head of each chain, by chain id, that the file has for the selection's tenant and time, plus a
  /// day on either side, as ends may be written late and clocks get set. Reads line by line from where that
  /// time begins, keeping nothing else; skips truncated lines (a crash leaves one). nullopt once `go_on`,
  /// called every thousand lines, returns false.
  std::optional<std::map<uuid, chain_head>>
  read(const audit_selection& of, const std::function<bool()>& go_on = [] { return true; }) const;
  /// A writer of this process has ended a chain here. Cheap: written shortly after, together with others.
  void note(const chain_head& head);
  /// Appends the noted ends of at most `most` chains, longest waiting first; returns how many. Does not ask
  /// the database, which might have been changed meanwhile. Throws like `update`, forgetting nothing.
  std::size_t write_noted(std::size_t most = noted_at_once);
  /// How many chains' noted ends are not written yet.
  std::size_t unwritten() const;
  /// Appends chains that have grown since this object last did so, whoever wrote them; returns how many.
  /// Later openings hold the ends of finished chains, so only others are looked at, some per call. An
  /// unreadable month is logged, and keeps no other from the file. Throws std::ios_base::failure when the
  /// file cannot be written.
  std::size_t update(pqxx::transaction_base& tx);

  /// Chains looked at per update, and noted chains written at once.
  static constexpr std::size_t chains_at_once = 2000, noted_at_once = 200;

 private:
  void write(const std::string& lines);

  std::string path_;
  /// How far each chain was written, in the last full round and in this one.
  std::map<uuid, std::int64_t> written_, this_round_;
  /// Where this round has got to.
  tenant_uuid tenant_;
  uuid chain_;
  bool has_written_ = false;
  /// Noting never waits for the file, and writing what was noted never for the database.
  std::mutex writing_;
  mutable std::mutex noting_;
  /// A stop writes the rest, perhaps while the chore is still writing.
  std::mutex writing_noted_;
  std::unordered_map<uuid, chain_head> noted_;
  /// Keys of `noted_`, oldest first.
  std::deque<uuid> waiting_;
};

}  // namespace musterd
