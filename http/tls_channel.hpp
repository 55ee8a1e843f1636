#pragma once

#include "common/tls.hpp"

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <memory>
#include <string_view>

namespace musterd {

/// TLS over a connected socket that does not block. One thread at a time.
class tls_channel {
 public:
  /// What has to happen at the socket before a step can go on.
  enum class wants { nothing, to_read, to_write };
  struct step {
    wants next = wants::nothing;
    boost::system::error_code error;
    std::size_t count = 0;
  };

  /// Throws tls_error when there is no memory. `socket` must outlive it.
  tls_channel(std::shared_ptr<SSL_CTX> context, int socket);

  step shake_hands();
  step read(char* into, std::size_t size);
  step write(std::string_view text);
  /// Says good-bye, if there is room for it and somebody to say it to.
  void say_end();

 private:
  step result_of(int returned);

  std::shared_ptr<SSL_CTX> context_;
  openssl_owned<SSL> ssl_;
  bool established_ = false;
};

}  // namespace musterd
