#pragma once

#include "persistence/audit/audit_selection.hpp"
#include "persistence/audit/chain/audit_chain.hpp"
#include "persistence/sql/row_stream.hpp"

namespace musterd {

/// One snapshot of the trail, and the selected part of it.
class trail_query {
 public:
  /// Thrown when `go_on` returns false: nothing is known of the rest.
  struct given_up {};

  trail_query(const std::string& database_url, const audit_selection& of, const std::stop_token& cut,
              stream_patience patience);

  void each(const std::string& sql, const std::vector<std::string>& parameters,
            const std::function<void(const text_row&)>& take);

  /// A condition on the table `alias`: rows of the selection's tenant, whose id is `$1`.
  std::string of_tenant(std::string_view alias) const;
  /// A condition on a time: within the selection, from `$2` to `$3`. An open end excludes nothing, whatever
  /// time a row claims.
  std::string within(std::string_view time) const;
  bool is_of_one_tenant() const { return !tenant_.empty(); }
  bool is_whole() const { return whole_; }

  /// As parameters: empty for all tenants; times are instants or infinite.
  const std::string& tenant() const { return tenant_; }
  const std::string& from() const { return from_; }
  const std::string& to() const { return to_; }

 private:
  std::string tenant_, from_, to_;
  bool whole_;
  row_stream db_;
};

uuid id_of(const std::optional<std::string_view>& field);
std::int64_t number_of(const std::optional<std::string_view>& field);
chain_hash digest_of(const std::optional<std::string_view>& field);

}  // namespace musterd
