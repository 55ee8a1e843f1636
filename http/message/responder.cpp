#include "http/message/responder.hpp"

namespace musterd {

void responder::abandon() noexcept {
  if (!sink_)
    return;
  try {
    (*this)(internal_error());
  } catch (...) {  // out of memory: the handling timeout answers or closes the connection
  }
}

}  // namespace musterd
