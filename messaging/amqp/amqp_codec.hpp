#pragma once

#include "messaging/amqp/amqp_connection.hpp"

// Debian 12 has rabbitmq-c 0.11, Debian 13 a newer one that moved its headers.
#if __has_include(<rabbitmq-c/amqp.h>)
#include <rabbitmq-c/amqp.h>
#include <rabbitmq-c/framing.h>
#include <rabbitmq-c/tcp_socket.h>
#else
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>
#endif

#include <vector>

/// Converts between rabbitmq-c's structs, which borrow, and ours, which own.
namespace musterd::amqp_codec {

inline amqp_bytes_t bytes(std::string_view text) {
  // rabbitmq-c does not write through it.
  return {text.size(), const_cast<char*>(text.data())};
}

inline std::string text(amqp_bytes_t from) {
  return from.len == 0 ? std::string{} : std::string{static_cast<const char*>(from.bytes), from.len};
}

inline timeval to_timeval(std::chrono::milliseconds t) {
  return {static_cast<time_t>(t.count() / 1000), static_cast<suseconds_t>(t.count() % 1000 * 1000)};
}

/// Entries borrow from `arguments`.
std::vector<amqp_table_entry_t> table_entries(const amqp_arguments& arguments);

inline amqp_table_t table(std::vector<amqp_table_entry_t>& entries) {
  return {static_cast<int>(entries.size()), entries.data()};
}

/// How much is kept, as JSON, of headers that we do not act on.
inline constexpr std::size_t kept_header_bytes = 4096, kept_header_values = 64;

/// The headers a message is handled by (header_names.hpp), and the beginning of all others; omissions are
/// noted. Deeply nested values become null.
boost::json::object kept_headers(const amqp_table_t& table);

void fill_properties(const amqp_basic_properties_t& from, amqp_delivery& to);

/// The reason in a reply or an asynchronous close; empty if none.
struct close_reason {
  bool of_connection = false;
  int code = 0;
  std::string text;
};
close_reason read_close(const amqp_method_t& method);

}  // namespace musterd::amqp_codec
