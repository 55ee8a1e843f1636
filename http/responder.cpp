#include "http/responder.hpp"

namespace musterd {

void responder::abandon() noexcept {
  auto sink = std::move(sink_);
  if (!sink)
    return;
  try {
    sink->deliver_fault(ticket_, internal_error());
  } catch (...) {  // out of memory: the handling timeout closes the connection
  }
}

}  // namespace musterd
