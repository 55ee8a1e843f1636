#pragma once

#include <pqxx/pqxx>

#include <chrono>
#include <string>

namespace musterd {

/// The backend that a journal writer last spoke to. It outlives the connection, so that whoever connects next
/// knows of it.
///
/// A connection that is lost says nothing about its backend: that may still be executing, and commit later.
/// Whoever reads a record then would read it too early. So whoever has a new connection first makes sure that
/// the old backend is gone.
class backend_succession {
 public:
  /// Adopts `db` as the current connection. Ends the backend of the one before and waits until it is gone;
  /// throws when it does not go in time, and the next call tries again.
  void begin(pqxx::connection& db);

 private:
  /// Process ids are reused; only with the start time do they identify a backend.
  struct backend {
    std::string pid;
    std::string started;
  };
  void end_last(pqxx::connection& db);

  std::optional<backend> last_;
};

/// The backends of a killed process may still commit what it had sent, even unread: it may be in a proxy, or
/// in the kernel of an isolated host. Ends all other processes' journal sessions and waits until they are
/// gone. A live neighbour reconnects, with its batch in doubt. Sessions of roles that ours may not end are
/// waited for; throws std::runtime_error when they stay.
void end_other_writers(pqxx::connection& db,
                       std::chrono::milliseconds patience_at_start = std::chrono::seconds{10});

/// Identifies writers in pg_stat_activity.
inline constexpr std::string_view writer_application_name = "musterd journal";

}  // namespace musterd
