#pragma once

#include <pqxx/pqxx>

#include <chrono>
#include <string>

namespace musterd {

/// The backend that a journal writer, or one of several servers competing to lead, last used. Outlives the
/// connection, so that the next one knows of it.
///
/// A lost connection says nothing about its backend, which may still be executing and commit later, or hold
/// the leader's lock. Records would then be read too early, and nobody could lead. So every new connection
/// first makes sure that the old backend is gone.
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

/// The backends of a killed process may still commit what it had sent, even if they have not read it yet: it
/// may be in a proxy, or in the kernel of an isolated host. Ends the journal sessions of all other processes
/// and waits until they are gone. A live neighbour reconnects; the batch it was committing is in doubt.
/// Sessions of roles whose sessions ours may not end are waited for; throws std::runtime_error when they
/// stay.
void end_other_writers(pqxx::connection& db,
                       std::chrono::milliseconds patience_at_start = std::chrono::seconds{10});

/// Identifies writers in pg_stat_activity.
inline constexpr std::string_view writer_application_name = "musterd journal";

}  // namespace musterd
