#include "http/transport/listener_settings.hpp"

#include "common/settings/setting_list.hpp"

namespace musterd {
namespace {

using ms = std::chrono::milliseconds;
constexpr std::int64_t largest_buffer = std::int64_t{1} << 40;

}  // namespace

void describe(setting_list& on, public_listener_settings& s) {
  on.text("http.address", s.address, "Address to listen on.");
  on.number("http.port", s.port, {0, 65535}, "TCP port to listen on; 0 takes a free one.");
  on.number("http.threads", s.threads, {1, 64}, "Threads that read and write sockets.");
  on.number("http.max_connections", s.max_connections, {1, 100'000},
            "Most connections; further ones get 503.");
  on.number("http.max_connections_per_address", s.max_connections_per_address, {1, 100'000},
            "Most connections from one IPv4 address or /64 network of IPv6, trusted proxies excepted.");
  on.number("http.max_in_flight", s.max_in_flight, {1, 100'000},
            "Most requests in progress; further ones get 503.");
  on.number<ms>("http.request_timeout_ms", s.request_timeout, {100, 600'000},
                "How long a client may take to send a request (408).");
  on.number<ms>("http.idle_timeout_ms", s.idle_timeout, {100, 3'600'000},
                "How long an idle connection is kept.");
  on.number<ms>("http.stranger_idle_timeout_ms", s.stranger_idle_timeout, {100, 3'600'000},
                "The same for connections that have not shown a valid token, if shorter.");
  on.words("http.trusted_proxies", s.trusted_proxies,
           "Proxies (CIDR, comma-separated) whose Forwarded and X-Forwarded-For headers are believed.");
  on.text("http.tls.certificate_file", s.tls.certificate,
          "Certificate with its chain (PEM) for TLS; reloaded when the file changes. Empty: plain HTTP.");
  on.text("http.tls.key_file", s.tls.key, "Its private key (PEM, without a passphrase).");
  on.number<std::chrono::seconds>(
      "http.hsts_seconds", s.hsts, {0, 63'072'000},
      "max-age of Strict-Transport-Security in answers over https. 0: no such header.");
  on.words("http.cors_origins", s.cors_origins,
           "Origins (comma-separated, such as https://shop.example) whose pages may read answers. Empty: "
           "none.");
  on.number<ms>("http.write_timeout_ms", s.write_timeout, {100, 600'000},
                "A client that takes less than 64 KiB of its answer in this time is disconnected.");
  on.number("http.max_body_bytes", s.max_body_bytes, {1024, 64 << 20, "bytes"},
            "Largest request body (413); 16 KiB on open routes and without a token.");
  on.number("http.max_buffered_bytes", s.max_buffered_bytes, {1 << 20, largest_buffer, "bytes"},
            "Memory for answers over 16 KiB that wait to be sent: a quarter of it per network, an eighth per "
            "user (503 for reads). Small answers have another quarter.");
  on.number(
      "http.max_buffered_body_bytes", s.max_buffered_body_bytes, {1 << 20, largest_buffer, "bytes"},
      "Memory for request bodies over 16 KiB that are not yet answered: a quarter of it per network (503).");
}

void describe(setting_list& on, ops_listener_settings& s) {
  on.text("ops.address", s.address, "Address of the operators' listener.");
  on.number("ops.port", s.port, {0, 65535},
            "TCP port for health and metrics alone; the public listener then has no metrics. 0: none.");
  on.flag("ops.tls", s.tls, "TLS on the operators' listener too, with the same certificate.");
}

}  // namespace musterd
