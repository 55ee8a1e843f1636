#pragma once

#include "common/fault.hpp"
#include "http/message/client_address.hpp"
#include "http/message/request.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <functional>

namespace musterd {

/// Parses one request straight into an http_request, without Beast's node per header field. Not reusable.
class request_parser final : public boost::beast::http::basic_parser<true> {
 public:
  /// The largest body allowed, once the headers are known.
  using body_limit_fn = std::function<std::uint64_t(const http_request&)>;

  request_parser(http_request& into, body_limit_fn body_limit)
      : request_{into}, body_limit_of_{std::move(body_limit)} {}

  /// Parses on; returns how much of `input` was consumed. Refuses what others may read differently: folded
  /// header lines, and more than one statement of the body's length.
  std::size_t read(std::string_view input, boost::beast::error_code& ec);

  bool http10() const { return !http11_; }
  bool expects_continue() const { return expects_continue_; }
  /// A bad header in a well-formed message, such as an overlong Idempotency-Key.
  const std::optional<fault>& header_fault() const { return header_fault_; }
  const forwarding_headers& forwarding() const { return forwarding_; }

 private:
  using text = boost::beast::string_view;
  using error_code = boost::beast::error_code;

  void on_request_impl(boost::beast::http::verb method, text, text target, int version,
                       error_code& ec) override;
  void on_field_impl(boost::beast::http::field name, text, text value, error_code& ec) override;
  void on_header_impl(error_code& ec) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code& ec) override;
  std::size_t on_body_impl(text part, error_code& ec) override;
  void on_chunk_header_impl(std::uint64_t, text, error_code& ec) override { ec = {}; }
  std::size_t on_chunk_body_impl(std::uint64_t, text part, error_code& ec) override;
  void on_finish_impl(error_code& ec) override { ec = {}; }
  void on_response_impl(int, text, int, error_code& ec) override { ec = {}; }

  void take_unnamed_field(std::string_view name, std::string_view value);
  void take_idempotency_key(std::string_view value);

  http_request& request_;
  body_limit_fn body_limit_of_;
  std::uint64_t largest_body_ = 0;
  std::optional<fault> header_fault_;
  forwarding_headers forwarding_;
  bool http11_ = true;
  bool has_host_ = false;
  bool has_length_ = false;
  bool begun_ = false;
  bool in_trailer_ = false;
  bool expects_continue_ = false;
};

}  // namespace musterd
