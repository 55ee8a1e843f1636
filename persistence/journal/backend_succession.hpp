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
  /// `db` is the connection from now on. Ends the backend of the one before, and waits until it is
  /// gone; throws when it does not go in time, and the next call tries again.
  void begin(pqxx::connection& db);

 private:
  /// Process ids are used again; together with the start it is one backend.
  struct backend {
    std::string pid;
    std::string started;
  };
  void end_last(pqxx::connection& db);

  std::optional<backend> last_;
};

/// The backends of a process that was killed may still commit what it had sent, even if they have not read it
/// yet: it may be on its way through a proxy, or in the kernel of a host that is cut off. Ends the journal
/// sessions of all other processes and waits until they are gone. A neighbour that is alive connects again;
/// the batch it was committing is in doubt. Sessions of a role whose sessions ours may not end are waited
/// for; throws std::runtime_error when they stay.
void end_other_writers(pqxx::connection& db,
                       std::chrono::milliseconds patience_at_start = std::chrono::seconds{10});

/// By which writers are known in pg_stat_activity.
inline constexpr std::string_view writer_application_name = "musterd journal";

}  // namespace musterd
