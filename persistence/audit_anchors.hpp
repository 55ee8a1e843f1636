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
  /// Appends the chains that have grown since this object last did so; gives how many. Throws
  /// std::ios_base::failure when the file cannot be written.
  std::size_t update(pqxx::transaction_base& tx);

 private:
  std::string path_;
  std::map<uuid, std::int64_t> written_;
  bool has_read_ = false;
};

}  // namespace musterd
