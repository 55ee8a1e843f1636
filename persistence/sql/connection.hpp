#pragma once

#include <pqxx/pqxx>

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>

namespace musterd {

/// `url` with limits on waiting for a server that does not answer, where it names none itself: without them a
/// lost packet may hold a connection for minutes. Several hosts and `target_session_attrs` stay as they are.
std::string with_time_limits(const std::string& url);

/// Whom a database URL lets in where; what it does not say is empty.
struct database_login {
  std::string user, password, database;
};
database_login login_of(const std::string& url);

/// SQL for each new session. A backend whose client is gone notices within a second while it waits for
/// anything but the client, and within eleven when the client's host died: the locks of its session are
/// needed by others. Decisions rest on what READ COMMITTED sees, whatever the database's default is.
inline constexpr auto settings_of_all =
    "SET client_connection_check_interval = '1s'; SET tcp_keepalives_idle = 5; "
    "SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3; SET tcp_user_timeout = 6000; "
    "SET default_transaction_isolation = 'read committed'; ";
/// From being let in to being ready.
inline constexpr std::chrono::seconds time_to_prepare{2};
/// A healthy server has answered or refused by then; the longest `statement_timeout` of sessions that serve
/// is 30 s.
inline constexpr std::chrono::seconds silence_limit{40};

/// A connection that, once lost, stays lost. libpqxx 6 would otherwise connect again in the middle and
/// repeat, and nobody could tell any more what was done. `settings` is SQL that is run first; a server that
/// lets somebody in and then says nothing is left, after a while or when `cut` is requested.
std::unique_ptr<pqxx::connection> open_connection(const std::string& url, const std::string& settings = "",
                                                  const std::stop_token& cut = {});

/// Whether the server has closed a connection that nobody waits for: what is sent now would be in vain.
bool is_deserted(const pqxx::connection& db);

/// Whether an SQL state says that this connection is of no more use: its backend was ended, was
/// left alone in a transaction for too long, or it leads to a server that has become a standby.
bool is_connection_spent(std::string_view sqlstate);

}  // namespace musterd
