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

/// What a file outside of the database remembers of the chains: where each ended when it was last looked at.
/// A tail that is cut off a chain that nothing follows yet is noticed by this alone.
/// `note` is for any thread, `write_noted` and `update` for one each.
class audit_anchors {
 public:
  /// An empty path: nothing is remembered.
  explicit audit_anchors(std::string path) : path_{std::move(path)} {}

  /// The last head of each chain, by chain id, that the file has of the selection's tenant and time: a whole
  /// day around it is read, as an end may be written late and clocks are set. Reads line by line, from where
  /// that time begins, and keeps nothing else; lines that are cut short are skipped: a crash leaves such a
  /// one. Nothing once `go_on`, which is asked every thousand lines, answers false.
  std::optional<std::map<uuid, chain_head>>
  read(const audit_selection& of, const std::function<bool()>& go_on = [] { return true; }) const;
  /// A writer of this process has ended a chain here. Cheap: it is written with others in a moment.
  void note(const chain_head& head);
  /// Appends what was noted, what has waited longest first and no more than so many chains; gives how many.
  /// Asks no database, which might have been changed meanwhile. Throws like `update`; the rest is kept.
  std::size_t write_noted(std::size_t most = noted_at_once);
  /// Of how many chains the last end that was noted is not written.
  std::size_t unwritten() const;
  /// Appends the chains that have grown since this object last did so, by whoever; gives how many. Chains
  /// that are over are held by openings behind them, so only the others are looked at, a number of them at a
  /// time. A month that cannot be read is logged, and keeps no other from the file. Throws
  /// std::ios_base::failure when the file cannot be written.
  std::size_t update(pqxx::transaction_base& tx);

  /// How many chains one update looks at, and how many noted ones are written at once.
  static constexpr std::size_t chains_at_once = 2000, noted_at_once = 200;

 private:
  void write(const std::string& lines);

  std::string path_;
  /// How far each chain was written, in the last round through all of them and in this one.
  std::map<uuid, std::int64_t> written_, this_round_;
  /// The last chain that was looked at.
  tenant_uuid tenant_;
  uuid chain_;
  bool has_written_ = false;
  /// Whoever notes never waits for the file, and whoever writes what was noted never for the database.
  std::mutex writing_;
  mutable std::mutex noting_;
  /// A stop writes what is left while the chore may be at it still.
  std::mutex writing_noted_;
  std::unordered_map<uuid, chain_head> noted_;
  /// Of those, the order in which they came.
  std::deque<uuid> waiting_;
};

}  // namespace musterd
