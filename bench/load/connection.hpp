#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <openssl/ssl.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace musterd::bench {

struct answer {
  int status = 0;
  std::string_view body;
};

/// A kept-alive HTTP/1.1 connection, one request at a time. Parses only status, Content-Length and body.
class connection {
 public:
  using on_answer = std::function<void(connection&, const answer&)>;
  using on_failure = std::function<void(connection&, const std::string&)>;

  connection(boost::asio::io_context& io, const boost::asio::ip::tcp::endpoint& to, bool tls,
             on_answer answered, on_failure failed);

  /// Fill this in, then call `send`.
  std::string& request() { return request_; }
  void send();

 private:
  void shake_hands();
  void send_inside();
  void read();
  void read_inside();
  void make_room();
  void on_read(std::size_t size);
  /// Whether the whole head is there.
  bool parse_head();
  void finish();

  struct free_ssl {
    void operator()(SSL* s) const { SSL_free(s); }
  };

  boost::asio::ip::tcp::socket socket_;
  std::unique_ptr<SSL, free_ssl> ssl_;
  on_answer answered_;
  on_failure failed_;
  std::string request_, input_;
  std::size_t filled_ = 0, head_size_ = 0, body_size_ = 0;
  int status_ = 0;
};

}  // namespace musterd::bench
