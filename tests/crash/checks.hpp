#pragma once

#include "tests/crash/tapping.hpp"
#include "tests/support/event_queue.hpp"

#include <pqxx/pqxx>

#include <string>
#include <vector>

/// What must hold after a crash, whatever crashed. Each check returns its findings, none if all is well.
namespace musterd::crash {

using findings = std::vector<std::string>;

/// Every acknowledged command, sent again with its key, returns its first answer.
findings check_replays(const std::string& url, const std::vector<history>& done);

/// Sessions, breaks and audit entries are exactly the acknowledged ones, each once.
findings check_records(pqxx::connection& db, const std::vector<history>& done);

/// The rules of the time clock, over all rows, whether or not constraints enforce them.
findings check_invariants(pqxx::connection& db);

/// Every event of these commands arrives, effectively once, in its person's order. Waits for it.
findings check_events(const testing::event_queue& queue, const std::vector<history>& done);

/// The outbox drains. Waits for it.
findings check_outbox(pqxx::connection& db);

/// The server's own consumer eventually shows who is on the clock and who on a break. Waits for it.
findings check_projection(pqxx::connection& db, const std::vector<history>& done);

}  // namespace musterd::crash
