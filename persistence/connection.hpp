#pragma once

#include <pqxx/pqxx>

#include <memory>
#include <stop_token>
#include <string>

namespace musterd {

/// `url` with limits on waiting for a server that does not answer, where it names none itself: without them a
/// lost packet may hold a connection for minutes. Several hosts and `target_session_attrs` stay as they are.
std::string with_time_limits(const std::string& url);

/// A connection that, once lost, stays lost. libpqxx 6 would otherwise connect again in the middle and
/// repeat, and nobody could tell any more what was done. `settings` is SQL that is run first; a server that
/// lets somebody in and then says nothing is left, after a while or when `cut` is requested.
std::unique_ptr<pqxx::connection> open_connection(const std::string& url, const std::string& settings = "",
                                                  const std::stop_token& cut = {});

/// Whether the server has closed a connection that nobody waits for: what is sent now would be in vain.
bool is_deserted(const pqxx::connection& db);

/// Whether an SQL state says that this connection is of no more use: its backend was ended, or it leads to a
/// server that has become a standby.
bool is_connection_spent(std::string_view sqlstate);

}  // namespace musterd
