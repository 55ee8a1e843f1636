#pragma once

#include "persistence/audit_chain.hpp"

#include <pqxx/transaction_base>

#include <map>

namespace musterd {

/// What a file outside of the database remembers of the chains: where each ended when it was last looked at.
/// A tail that is cut off a chain that nothing follows yet is noticed by this alone.
class audit_anchors {
 public:
  /// An empty path: nothing is remembered.
  explicit audit_anchors(std::string path) : path_{std::move(path)} {}

  /// The last head of each chain, by chain id. Lines that are cut short are skipped: a crash leaves such a
  /// one.
  std::map<uuid, chain_head> read() const;
  /// Appends the chains that have grown since this object last did so; gives how many. Chains that are over
  /// are held by openings behind them, so only the others are looked at, a number of them at a time. A month
  /// that cannot be read is logged, and keeps no other from the file. Throws std::ios_base::failure when the
  /// file cannot be written.
  std::size_t update(pqxx::transaction_base& tx);

  /// How many chains one update looks at.
  static constexpr std::size_t chains_at_once = 2000;

 private:
  void write(const std::string& lines);

  std::string path_;
  /// How far each chain was written, in the last round through all of them and in this one.
  std::map<uuid, std::int64_t> written_, this_round_;
  /// The last chain that was looked at.
  tenant_uuid tenant_;
  uuid chain_;
  bool has_written_ = false;
};

}  // namespace musterd
